"""GitHub Actions: three secrets of a repository, or of one of its environments, sealed before they leave."""

import os
from base64 import b64encode
from http import HTTPStatus
from urllib.parse import quote

import requests
from nacl.encoding import Base64Encoder
from nacl.public import PublicKey, SealedBox
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.util import Retry

from delivery.guard import require_safe
from delivery.outcome import NotDelivered, Outcome
from delivery.values import as_environment
from model.bundle import AuthenticationBundle
from model.delivery import Address

API = "https://api.github.com"
TIMEOUT_S = (10.0, 30.0)
"""To connect, and to answer."""

# Each of these requests can be repeated, but whoever did not answer for so long will not. A Retry-After may be an hour.
_PATIENCE = Retry(
    2, read=False, backoff_factor=0.5, status_forcelist=(502, 503, 504), raise_on_status=False, respect_retry_after_header=False
)


class _Token(AuthBase):
    """As a header alone would do, were there not machines with a .netrc, which requests prefers to it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class _Secrets:
    """The secrets of a repository, or of one of its environments."""

    def __init__(self, session: requests.Session, api: str, address: Address) -> None:
        owner, repository, *environment = address.parts
        self.where = f"the secrets of {owner}/{repository}"
        self._missing = f"there is no repository {owner}/{repository}, or GITHUB_TOKEN may not see it"
        self._permission = "Secrets"
        path = "actions/secrets"
        if environment:
            # It is not made here: without the rules that its repository's admins give it, it would hand the secret to any branch.
            self.where += f', environment "{environment[0]}"'
            self._missing = f'{owner}/{repository} has no environment "{environment[0]}", or GITHUB_TOKEN may not see it; make it first'
            self._permission = "Environments"
            path = f"environments/{quote(environment[0], safe='')}/secrets"
        self._session = session
        self._url = f"{api.rstrip('/')}/repos/{owner}/{repository}/{path}"

    def key(self) -> tuple[str, SealedBox[PublicKey]]:
        """The id of the key that values are sealed with, and what seals them."""
        answer = self._asked("GET", "public-key")
        try:
            key = answer.json()
            return key["key_id"], SealedBox(PublicKey(key["key"].encode(), Base64Encoder))
        except (ValueError, LookupError, TypeError, AttributeError):
            raise NotDelivered("what answers there is not GitHub's API; see to GITHUB_API_URL") from None

    def put(self, name: str, sealed: bytes, key_id: str) -> bool:
        """Whether there was none of that name before."""
        answer = self._asked("PUT", name, {"encrypted_value": b64encode(sealed).decode(), "key_id": key_id})
        return answer.status_code == HTTPStatus.CREATED

    def _asked(self, method: str, path: str, body: object = None) -> requests.Response:
        try:
            # A redirect might lead anywhere, and says that the repository has another name by now.
            answer = self._session.request(method, f"{self._url}/{path}", json=body, timeout=TIMEOUT_S, allow_redirects=False)
        except requests.RequestException as error:
            raise NotDelivered(_unanswered(error)) from None
        if not answer.ok or answer.is_redirect:
            raise NotDelivered(self._meaning(answer))
        return answer

    def _meaning(self, answer: requests.Response) -> str:
        throttled = answer.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in answer.headers
        match answer.status_code:
            case _ if answer.is_redirect:
                return "the repository has moved; write its new name"
            case 401:
                return "GitHub refuses GITHUB_TOKEN; it is wrong or has ended"
            case 429 | 403 if throttled:
                return "GitHub takes no more requests of this token for now; try again later"
            case 403:
                return f"GITHUB_TOKEN lacks the permission {self._permission}: write; the token that a workflow is given cannot have it"
            case 404:
                return self._missing
            case status:
                return f"GitHub answers with status {status}; try again later"


def _unanswered(error: requests.RequestException) -> str:
    match error:
        case requests.exceptions.SSLError():
            return "the certificate of GITHUB_API_URL is not trusted; REQUESTS_CA_BUNDLE says whose is"
        case requests.Timeout():
            return "GitHub does not answer in time; try again later"
    return "GitHub cannot be reached; see to GITHUB_API_URL and the network"


def deliver(name: str, bundle: AuthenticationBundle, address: Address) -> Outcome:
    """Writes them each time: GitHub shows of a secret when it was written, by whomever, and not what is in it."""
    del name
    api = os.environ.get("GITHUB_API_URL") or API
    require_safe(api, named_by="GITHUB_API_URL")
    token = os.environ.get("GITHUB_TOKEN", "").strip()
    if not token:
        raise NotDelivered("there is no GITHUB_TOKEN in the environment; set one that may write the repository's secrets")
    values = as_environment(bundle)
    with requests.Session() as session:
        session.auth = _Token(token)
        session.headers.update({"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"})
        session.mount(api, HTTPAdapter(max_retries=_PATIENCE))
        secrets = _Secrets(session, api, address)
        key_id, box = secrets.key()
        new = [secrets.put(each, box.encrypt(value.encode()), key_id) for each, value in values.items()]
    return Outcome(secrets.where, changed=True if any(new) else None)
