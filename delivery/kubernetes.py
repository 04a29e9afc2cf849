"""A Kubernetes Secret, in which others may have keys of their own. Its keys are variables, as `envFrom` takes them."""

import os
from base64 import b64encode
from pathlib import Path
from urllib.parse import urlsplit

from kubernetes.client import ApiClient, ApiException, Configuration, CoreV1Api, V1ObjectMeta, V1Secret
from kubernetes.config import load_incluster_config, load_kube_config
from urllib3.exceptions import HTTPError, MaxRetryError, ReadTimeoutError, SSLError
from urllib3.util import Retry

from delivery.guard import require_safe
from delivery.outcome import NotDelivered, Outcome
from delivery.values import as_environment
from model.bundle import AuthenticationBundle
from model.delivery import Address
from model.hosts import is_loopback

TIMEOUT_S = (10.0, 15.0)
"""To connect, and to answer."""
TRIES = 5

# No redirect: an API server makes none of its own. A Retry-After may be an hour.
_PATIENCE = Retry(2, read=False, redirect=0, backoff_factor=0.5, respect_retry_after_header=False)

_NOT_THERE = 404
_CHANGED_MEANWHILE = 409
"""Also: made meanwhile."""


class _Secret:
    """One Secret of a namespace."""

    def __init__(self, client: ApiClient, address: Address) -> None:
        self.namespace, self._name = address.parts
        self._api = CoreV1Api(client)

    def read(self) -> V1Secret | None:
        try:
            return self._api.read_namespaced_secret(self._name, self.namespace, _request_timeout=TIMEOUT_S)
        except ApiException as error:
            if error.status == _NOT_THERE:
                return None
            raise

    def make(self, data: dict[str, str]) -> bool:
        """False where somebody else made it first."""
        body = V1Secret(metadata=V1ObjectMeta(name=self._name), type="Opaque", data=data)
        try:
            self._api.create_namespaced_secret(self.namespace, body, _request_timeout=TIMEOUT_S)
        except ApiException as error:
            if error.status == _NOT_THERE:
                raise NotDelivered(f'there is no namespace "{self.namespace}" in that cluster; make it first') from None
            return _in_time(error)
        return True

    def patch(self, data: dict[str, str], *, version: str) -> bool:
        """False where somebody else changed it since that version. Nothing but our keys is in the request."""
        body = {"metadata": {"resourceVersion": version}, "data": data}
        try:
            self._api.patch_namespaced_secret(self._name, self.namespace, body, _request_timeout=TIMEOUT_S)
        except ApiException as error:
            return error.status != _NOT_THERE and _in_time(error)
        return True


def deliver(name: str, bundle: AuthenticationBundle, address: Address) -> Outcome:
    """Sets the bundle's keys in the Secret, which is made where it is not there; each change names the version that it is of."""
    del name
    data = {key: b64encode(value.encode()).decode() for key, value in as_environment(bundle).items()}
    configuration = _configuration()
    try:
        with ApiClient(configuration) as client:
            changed = _delivered(_Secret(client, address), data)
    except ApiException as error:
        raise NotDelivered(_refused(error, address)) from None
    except HTTPError as error:
        raise NotDelivered(_unanswered(error)) from None
    return Outcome(f"Secret {'/'.join(address.parts)} of {urlsplit(configuration.host).netloc}", changed=changed)


def _delivered(secret: _Secret, data: dict[str, str]) -> bool:
    """Whether anything differed."""
    for _ in range(TRIES):
        there = secret.read()
        if there is None:
            if secret.make(data):
                return True
            continue
        if {**(there.data or {}), **data} == there.data:
            return False
        if there.immutable:
            raise NotDelivered("it is immutable; delete it, and it is made anew, or name another")
        if secret.patch(data, version=str(there.metadata and there.metadata.resource_version)):
            return True
    raise NotDelivered("somebody else changes it all the time; try again")


def _configuration() -> Configuration:
    """The cluster and the login of the kubeconfig's current context; in a pod without one, its own."""
    configuration = Configuration(retries=_PATIENCE)
    named, usual = os.environ.get("KUBECONFIG"), Path("~/.kube/config").expanduser()
    try:
        # Not the client's own `load_config`, which prints, and knows only the KUBECONFIG that there was when it was imported.
        if named or usual.exists():
            load_kube_config(named or str(usual), client_configuration=configuration, persist_config=False)  # type: ignore[no-untyped-call]  # it has no types
        else:
            load_incluster_config(configuration)  # type: ignore[no-untyped-call]  # same
    except Exception:  # noqa: BLE001 - the file is anybody's, and what its readers raise is of many kinds
        raise NotDelivered("there is no kubeconfig whose current context names a cluster and a login; set KUBECONFIG to one") from None
    require_safe(configuration.host, named_by="the kubeconfig")
    if not configuration.verify_ssl and not is_loopback(urlsplit(configuration.host).hostname or ""):
        raise NotDelivered("the kubeconfig does not want the cluster's certificate checked (insecure-skip-tls-verify); name whose it is")
    return configuration


def _in_time(error: ApiException) -> bool:
    """False where somebody else was faster; any other error is raised again."""
    if error.status == _CHANGED_MEANWHILE:
        return False
    raise error


def _refused(error: ApiException, address: Address) -> str:
    # Its own words are not repeated: the request that they speak of holds the secret.
    match error.status:
        case 401:
            return "the cluster refuses the login; it is wrong or has ended"
        case 403:
            return f'the login may not; it needs the verbs get, create and patch on secrets in the namespace "{address.parts[0]}"'
    return f"the cluster answers with status {error.status}; try again later"


def _unanswered(error: HTTPError) -> str:
    match error.reason if isinstance(error, MaxRetryError) else error:
        case SSLError():
            return "the cluster's certificate is not of the kubeconfig's certificate authority"
        case ReadTimeoutError():
            return "the cluster does not answer in time; try again later"
    return "the cluster cannot be reached; see to the kubeconfig's current context and the network"
