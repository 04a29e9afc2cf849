"""Federation policies, and the logins by somebody else's token that they allow: real issuers, real keys, real signatures."""

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler

import httpx
import jwt
import pytest
from databricks.sdk.errors import AlreadyExists, NotFound
from databricks.sdk.service.iam import WorkspacePermission
from databricks.sdk.service.oauth2 import FederationPolicy, OidcFederationPolicy

from tests.harness import ACCOUNT_ID, Newcomer, Sandbox
from tests.issuer import DISCOVERY, KEYS, Answer, Issuer, answer, private_key, public_key, running_issuer

AUDIENCE = "databricks"
ANNS_MAIL = "ann.lee@acme.example"
OF_ACCOUNT = f"/api/2.0/accounts/{ACCOUNT_ID}/federationPolicies"
ACCOUNT_TOKEN = f"/oidc/accounts/{ACCOUNT_ID}/v1/token"
ME = "/api/2.0/preview/scim/v2/Me"
EXCHANGE = {
    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
    "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
    "scope": "all-apis",
}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One for all tests here: each makes principals of its own, and what is not a principal's it takes away again."""
    started = Sandbox(tmp_path_factory.mktemp("sandbox"))
    started.start()
    yield started
    started.stop()


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """Whose tokens log in here."""
    with running_issuer() as running:
        yield running


@pytest.fixture
def federated(sandbox: Sandbox, newcomer: Newcomer, issuer: Issuer) -> Newcomer:
    """A principal with a policy named `ci` for the issuer's tokens."""
    allow(sandbox, newcomer, issuer)
    return newcomer


def path_of(newcomer: Newcomer) -> str:
    return f"/api/2.0/accounts/{ACCOUNT_ID}/servicePrincipals/{newcomer.id}/federationPolicies"


def policy_of(issuer: Issuer, **words: object) -> dict[str, object]:
    return {"issuer": issuer.url, "audiences": [AUDIENCE], "subject": issuer.subject} | words


def allow(sandbox: Sandbox, newcomer: Newcomer, issuer: Issuer, policy_id: str = "ci", **words: object) -> None:
    made = sandbox.http.post(path_of(newcomer), params={"policy_id": policy_id}, json={"oidc_policy": policy_of(issuer, **words)})
    assert made.status_code == 200, made.text


def exchanged(sandbox: Sandbox, token: str, application_id: str | None, path: str = "/oidc/v1/token", **form: str) -> httpx.Response:
    client_id = {"client_id": application_id} if application_id else {}
    return httpx.post(f"{sandbox.host}{path}", data={**EXCHANGE, **client_id, "subject_token": token, **form})


def signed(issuer: Issuer, key: object, algorithm: str, **headers: object) -> str:
    """What the issuer would say, signed by somebody who need not be it."""
    claims = jwt.decode(issuer.token(AUDIENCE), options={"verify_signature": False})
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": "first", **headers})  # type: ignore[arg-type] # each wants another


def refusal_of(response: httpx.Response) -> tuple[int, str, str]:
    return response.status_code, response.json()["error"], response.json()["error_description"]


class TestPolicies:
    def test_a_policy_is_made_found_listed_and_deleted(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """The SDK gets back what it sent, with its name, its ids and its times; what was not said stays unsaid."""
        policies, number = sandbox.account.service_principal_federation_policy, int(newcomer.id)
        oidc = OidcFederationPolicy(issuer="https://gitlab.acme.example", subject="project_path:acme/surveys:ref_type:branch:ref:main")

        made = policies.create(number, FederationPolicy(description="Surveys", oidc_policy=oidc), policy_id="gitlab")

        assert made.name == f"accounts/{ACCOUNT_ID}/servicePrincipals/{number}/federationPolicies/gitlab"
        assert (made.policy_id, made.service_principal_id, made.description, made.oidc_policy) == ("gitlab", number, "Surveys", oidc)
        assert made.uid
        assert made.create_time == made.update_time
        assert policies.get(number, "gitlab") == made
        assert list(policies.list(number)) == [made]
        policies.delete(number, "gitlab")
        assert list(policies.list(number)) == []
        with pytest.raises(NotFound, match=rf"Federation policy gitlab of service principal {number} does not exist"):
            policies.get(number, "gitlab")

    def test_the_accounts_own_policies_are_others(self, sandbox: Sandbox, newcomer: Newcomer) -> None:
        """They say no subject and no principal, and one may have the same id as a principal's."""
        oidc = OidcFederationPolicy(issuer="https://idp.acme.example", subject_claim="email")

        made = sandbox.account.federation_policy.create(FederationPolicy(oidc_policy=oidc), policy_id="idp")

        assert (made.name, made.service_principal_id) == (f"accounts/{ACCOUNT_ID}/federationPolicies/idp", None)
        assert list(sandbox.account.federation_policy.list()) == [made]
        assert list(sandbox.account.service_principal_federation_policy.list(int(newcomer.id))) == []
        sandbox.account.federation_policy.delete("idp")
        with pytest.raises(NotFound):
            sandbox.account.federation_policy.get("idp")

    def test_an_id_that_nobody_chose_is_made(self, sandbox: Sandbox, newcomer: Newcomer, issuer: Issuer) -> None:
        """Two policies without one get two."""
        made = [sandbox.http.post(path_of(newcomer), json={"oidc_policy": policy_of(issuer)}).json()["policy_id"] for _ in range(2)]

        assert len(set(made)) == 2
        assert sandbox.http.get(f"{path_of(newcomer)}/{made[0]}").status_code == 200

    @pytest.mark.usefixtures("newcomer")
    def test_the_number_of_a_principal_is_one_that_a_double_holds(self, sandbox: Sandbox) -> None:
        """Pulumi hands it on as one, and a policy must not be asked of somebody else."""
        numbers = [int(one.id or "") for one in sandbox.account.service_principals.list()]

        assert len(numbers) > 10
        assert max(numbers) < 2**53

    def test_an_id_is_taken_once(self, sandbox: Sandbox, federated: Newcomer, issuer: Issuer) -> None:
        """By one principal: another may have it too."""
        with pytest.raises(AlreadyExists):
            sandbox.account.service_principal_federation_policy.create(
                int(federated.id),
                FederationPolicy(oidc_policy=OidcFederationPolicy(issuer="https://a.example", subject="s")),
                policy_id="ci",
            )
        allow(sandbox, sandbox.newcomer("other"), issuer)

    def test_twenty_are_the_limit(self, sandbox: Sandbox, newcomer: Newcomer, issuer: Issuer) -> None:
        """The next one is refused by a 400, which no client repeats; pages hold each of the twenty once."""
        for number in range(20):
            allow(sandbox, newcomer, issuer, f"number-{number}")

        refused = sandbox.http.post(path_of(newcomer), json={"oidc_policy": policy_of(issuer)})

        assert (refused.status_code, refused.json()["error_code"]) == (400, "QUOTA_EXCEEDED")
        listed = sandbox.account.service_principal_federation_policy.list(int(newcomer.id), page_size=7)
        assert [one.policy_id for one in listed] == [f"number-{number}" for number in range(20)]

    @pytest.mark.parametrize("policy_id", ["Upper", "with space", "a/b", "a", "x" * 64])
    def test_an_id_of_other_letters_is_refused(self, sandbox: Sandbox, newcomer: Newcomer, issuer: Issuer, policy_id: str) -> None:
        """In Databricks' own words, which say nothing of its length."""
        refused = sandbox.http.post(path_of(newcomer), params={"policy_id": policy_id}, json={"oidc_policy": policy_of(issuer)})

        assert (refused.status_code, refused.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
        assert refused.json()["message"] == f"Invalid federation policy id: '{policy_id}'. Must contain only 0-9, a-z, and hyphen."

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            ({"issuer": None}, "Missing required field: oidc_policy.issuer"),
            ({"issuer": "http://idp.acme.example"}, "oidc_policy.issuer must be an https URL"),
            ({"issuer": "idp.acme.example"}, "oidc_policy.issuer must be an https URL"),
            ({"subject": ""}, "Missing required field: oidc_policy.subject"),
            ({"subject": 1}, "oidc_policy.subject must be a string"),
            ({"audiences": "databricks"}, "oidc_policy.audiences must be a list"),
            ({"audiences": [""]}, "oidc_policy.audiences must be a list"),
            ({"jwks_uri": "http://10.0.0.7/keys"}, "oidc_policy.jwks_uri must be an https URL"),
            ({"jwks_uri": "file:///etc/passwd"}, "oidc_policy.jwks_uri must be an https URL"),
            ({"jwks_json": "{}"}, "it holds no key of a known kind"),
            ({"jwks_json": "["}, "oidc_policy.jwks_json is no JSON Web Key Set"),
            ({"jwks_json": json.dumps({"keys": [{"kty": "oct", "k": "c2VjcmV0"}]})}, "must hold public keys only"),
            ({"jwks_url": "https://idp.acme.example/keys"}, "oidc_policy has no field jwks_url"),
        ],
    )
    def test_a_policy_that_cannot_be_is_refused(
        self, sandbox: Sandbox, newcomer: Newcomer, issuer: Issuer, words: dict[str, object], message: str
    ) -> None:
        """At once, with what is wrong with it, and nothing is kept."""
        refused = sandbox.http.post(path_of(newcomer), json={"oidc_policy": policy_of(issuer) | words})

        assert (refused.status_code, refused.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
        assert message in refused.json()["message"]
        assert sandbox.http.get(path_of(newcomer)).json() == {}

    def test_the_accounts_policy_has_no_subject(self, sandbox: Sandbox, issuer: Issuer) -> None:
        """There the token's subject says who logs in."""
        refused = sandbox.http.post(OF_ACCOUNT, json={"oidc_policy": policy_of(issuer)})

        assert (refused.status_code, refused.json()["message"]) == (
            400,
            "oidc_policy.subject must not be set in an account federation policy.",
        )

    @pytest.mark.parametrize(
        ("mask", "body", "changes"),
        [
            ("description", {"description": "new", "oidc_policy": {"subject": "not this"}}, {"description": "new"}),
            ("description,oidc_policy", {"oidc_policy": {"issuer": "https://i", "subject": "s"}}, {"audiences": None, "subject": "s"}),
            ("oidc_policy.audiences", {"description": "not this", "oidc_policy": {"audiences": ["b"]}}, {"audiences": ["b"]}),
            ("oidc_policy.audiences", {}, {"audiences": None}),
            ("*", {"oidc_policy": {"issuer": "https://i", "subject": "s"}}, {"audiences": None, "subject": "s"}),
            (None, {"oidc_policy": {"subject": "s"}}, {"subject": "s"}),
            (None, {"description": "new"}, {"description": "new"}),
        ],
    )
    def test_an_update_changes_what_its_mask_names(
        self, sandbox: Sandbox, newcomer: Newcomer, mask: str | None, body: object, changes: dict[str, object]
    ) -> None:
        """Without a mask it is what the body holds; what is named and not there is emptied."""
        before = {"issuer": "https://i", "audiences": ["a"], "subject": "old"}
        sandbox.http.post(path_of(newcomer), params={"policy_id": "ci"}, json={"description": "old", "oidc_policy": before})

        changed = sandbox.http.patch(f"{path_of(newcomer)}/ci", params={"update_mask": mask} if mask else {}, json=body).json()

        emptied = mask in {"*", "description,oidc_policy"}
        wanted = {**before, "description": None if emptied else "old", **changes}
        assert {name: changed["oidc_policy"].get(name) for name in before} | {"description": changed.get("description")} == wanted
        assert changed["update_time"] > changed["create_time"]
        assert sandbox.http.get(f"{path_of(newcomer)}/ci").json() == changed

    @pytest.mark.parametrize(
        ("mask", "body", "message"),
        [
            ("subject", {}, "update_mask names subject"),
            ("oidc_policy", {}, "Missing required field: oidc_policy.subject"),
            ("oidc_policy.issuer", {"oidc_policy": {"issuer": "http://elsewhere.example"}}, "must be an https URL"),
            ("description", {"oidc_policy": "x"}, "oidc_policy must be a map"),
        ],
    )
    def test_an_update_that_cannot_be_changes_nothing(
        self, sandbox: Sandbox, federated: Newcomer, mask: str, body: object, message: str
    ) -> None:
        """The policy is what it was."""
        before = sandbox.http.get(f"{path_of(federated)}/ci").json()

        refused = sandbox.http.patch(f"{path_of(federated)}/ci", params={"update_mask": mask}, json=body)

        assert refused.status_code == 400
        assert message in refused.json()["message"]
        assert sandbox.http.get(f"{path_of(federated)}/ci").json() == before

    def test_only_an_account_admin_reaches_them(self, sandbox: Sandbox, newcomer: Newcomer, issuer: Issuer) -> None:
        """Not a principal for itself, and no admin of the workspace alone."""
        newcomers_admin = sandbox.newcomer("admin-of-the-workspace")
        number, workspace_id = int(newcomers_admin.id), sandbox.admin.get_workspace_id()
        sandbox.account.workspace_assignment.update(workspace_id, number, permissions=[WorkspacePermission.ADMIN])
        for one in (newcomer, newcomers_admin):
            with sandbox.http_as(one) as http:
                asked = [http.post(path_of(newcomer), json={"oidc_policy": policy_of(issuer)}), http.get(OF_ACCOUNT)]
                asked += [http.request(method, f"{path_of(newcomer)}/ci") for method in ("GET", "PATCH", "DELETE")]
            assert [answer.status_code for answer in asked] == [403] * 5

    def test_a_principal_that_is_not_there_has_none(self, sandbox: Sandbox, issuer: Issuer) -> None:
        """Every call for it is NotFound."""
        nobody = Newcomer("1234567890123456", "", "")

        assert sandbox.http.get(path_of(nobody)).status_code == 404
        assert sandbox.http.post(path_of(nobody), json={"oidc_policy": policy_of(issuer)}).status_code == 404

    def test_they_end_with_their_principal(self, sandbox: Sandbox, federated: Newcomer, issuer: Issuer) -> None:
        """Out of the workspace they live on, out of the account they do not."""
        sandbox.admin.service_principals.delete(federated.id)
        assert len(sandbox.http.get(path_of(federated)).json()["policies"]) == 1

        sandbox.account.service_principals.delete(federated.id)

        assert sandbox.http.get(path_of(federated)).status_code == 404
        assert refusal_of(exchanged(sandbox, issuer.token(AUDIENCE), federated.application_id))[:2] == (401, "invalid_client")

    def test_they_outlive_a_restart_and_neither_their_principal_nor_a_reset(self, own_sandbox: Sandbox, issuer: Issuer) -> None:
        """A principal's and the account's: nothing is left in the file of what is gone."""

        def kept() -> list[str]:
            with contextlib.closing(sqlite3.connect(own_sandbox.folder / "workspace.db")) as db:
                return [key for (key,) in db.execute("SELECT key FROM row WHERE kind = 'FederationPolicy'")]

        newcomer = own_sandbox.newcomer()
        allow(own_sandbox, newcomer, issuer)
        own_sandbox.http.post(OF_ACCOUNT, params={"policy_id": "idp"}, json={"oidc_policy": policy_of(issuer, subject=None)})
        before = [own_sandbox.http.get(path).json() for path in (path_of(newcomer), OF_ACCOUNT)]

        own_sandbox.stop()
        own_sandbox.start()

        assert [own_sandbox.http.get(path).json() for path in (path_of(newcomer), OF_ACCOUNT)] == before
        assert exchanged(own_sandbox, issuer.token(AUDIENCE), newcomer.application_id).status_code == 200

        own_sandbox.account.service_principals.delete(newcomer.id)
        own_sandbox.stop()
        assert kept() == ["account/idp"]
        assert own_sandbox.command("reset").returncode == 0
        assert kept() == []


class TestLogins:
    @pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
    @pytest.mark.parametrize("where", ["discovery", "jwks_uri", "jwks_json"])
    def test_a_token_that_fits_logs_in(self, sandbox: Sandbox, newcomer: Newcomer, issuer: Issuer, where: str, algorithm: str) -> None:
        """Its keys are found where the policy says; what comes of it is a normal token of the principal."""
        issuer.algorithm = algorithm
        keys = {"jwks_uri": issuer.keys_url, "jwks_json": json.dumps(issuer.key_set())}
        allow(sandbox, newcomer, issuer, **({where: keys[where]} if where in keys else {}))

        got = exchanged(sandbox, issuer.token(AUDIENCE), newcomer.application_id)

        assert got.status_code == 200, got.text
        assert {name: value for name, value in got.json().items() if name != "access_token"} == {
            "token_type": "Bearer",
            "expires_in": 3600,
            "scope": "all-apis",
            "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
        }
        me = httpx.get(f"{sandbox.host}{ME}", headers={"Authorization": f"Bearer {got.json()['access_token']}"})
        assert me.json()["userName"] == newcomer.application_id
        assert issuer.asked == {"discovery": [DISCOVERY, KEYS], "jwks_uri": [KEYS], "jwks_json": []}[where]

    def test_it_may_do_what_its_principal_may(self, sandbox: Sandbox, federated: Newcomer, issuer: Issuer) -> None:
        """No more and no less than with a secret."""
        token = exchanged(sandbox, issuer.token(AUDIENCE), federated.application_id).json()["access_token"]
        with httpx.Client(base_url=sandbox.host, headers={"Authorization": f"Bearer {token}"}) as http:
            assert http.get("/api/2.0/sql/warehouses").json().get("warehouses", []) == []
            assert http.get(path_of(federated)).status_code == 403
            sandbox.grant("sql/warehouses", sandbox.warehouse(), federated, "CAN_USE")
            assert [one["name"] for one in http.get("/api/2.0/sql/warehouses").json()["warehouses"]] == ["bi-serverless"]

    @pytest.mark.parametrize(
        ("claims", "reason"),
        [
            ({"iss": "https://somebody.else"}, "takes tokens of the issuer 'https://somebody.else'."),
            ({"iss": None}, "takes tokens of the issuer ''."),
            ({"aud": "elsewhere"}, "takes tokens for the audience 'elsewhere'."),
            ({"aud": ["elsewhere", "nowhere"]}, "takes tokens for the audience 'elsewhere, nowhere'."),
            ({"aud": None}, "takes tokens for the audience ''."),
            ({"sub": "repo:acme/surveys:environment:staging"}, "takes tokens of the subject 'repo:acme/surveys:environment:staging'."),
            ({"sub": "REPO:ACME/surveys:environment:production"}, "takes tokens of the subject"),
            ({"sub": None}, "takes tokens of the subject ''."),
            ({"exp": time.time() - 1}, "is expired."),
            ({"exp": None}, "has no time in its claim exp."),
            ({"exp": float("nan")}, "has no time in its claim exp."),
            ({"exp": "tomorrow"}, "has no time in its claim exp."),
            # The time is taken long before the test.
            ({"nbf": time.time() + 24 * 3600}, "is not good yet."),
            ({"nbf": "now"}, "has no time in its claim nbf."),
        ],
    )
    def test_each_claim_alone_keeps_out(
        self, sandbox: Sandbox, federated: Newcomer, issuer: Issuer, claims: dict[str, object], reason: str
    ) -> None:
        """A token that is good in all but one thing is refused, and the refusal says in which."""
        assert exchanged(sandbox, issuer.token(AUDIENCE), federated.application_id).status_code == 200

        status, error, description = refusal_of(exchanged(sandbox, issuer.token(AUDIENCE, **claims), federated.application_id))

        assert (status, error) == (400, "invalid_grant")
        assert reason in description

    @pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
    def test_a_strangers_signature_keeps_out(self, sandbox: Sandbox, federated: Newcomer, issuer: Issuer, algorithm: str) -> None:
        """Also under the name of a key that the issuer has."""
        token = signed(issuer, private_key(algorithm, "a stranger's"), algorithm)

        _, error, description = refusal_of(exchanged(sandbox, token, federated.application_id))

        assert (error, description) == ("invalid_grant", f"The subject_token is signed with no key of its issuer {issuer.url}.")

    @pytest.mark.parametrize("algorithm", ["none", "HS256", "RS384", "PS256"])
    def test_another_algorithm_keeps_out(self, sandbox: Sandbox, federated: Newcomer, issuer: Issuer, algorithm: str) -> None:
        """No signature, a secret's, and those of the issuer's own key by which Databricks takes none."""
        keys: dict[str, object] = {"none": None, "HS256": "a secret that somebody guessed, long enough for this"}
        token = signed(issuer, keys.get(algorithm, private_key("RS256", "first")), algorithm)

        _, error, description = refusal_of(exchanged(sandbox, token, federated.application_id))

        assert (error, description) == ("invalid_grant", f"The subject_token must be signed by RS256 or ES256, not by {algorithm}.")

    def test_a_token_that_was_changed_keeps_out(self, sandbox: Sandbox, federated: Newcomer, issuer: Issuer) -> None:
        """One that fits, under the signature of one that does not."""
        header, _, signature = issuer.token("elsewhere").split(".")
        _, claims, _ = issuer.token(AUDIENCE).split(".")

        _, error, description = refusal_of(exchanged(sandbox, f"{header}.{claims}.{signature}", federated.application_id))

        assert (error, description) == ("invalid_grant", f"The subject_token is signed with no key of its issuer {issuer.url}.")

    @pytest.mark.parametrize(
        "shown",
        [
            {"kid": "second"},
            {"use": "enc"},
            {"alg": "RS512"},
        ],
    )
    def test_a_key_for_something_else_is_no_key(
        self, sandbox: Sandbox, federated: Newcomer, issuer: Issuer, shown: dict[str, object]
    ) -> None:
        """The right key under another name, for another use or for another algorithm signs nothing."""
        key_set = {"keys": [{**public_key("RS256", "first"), **shown}]}
        issuer.instead[KEYS] = lambda handler: answer(handler, 200, json.dumps(key_set).encode())

        refused = exchanged(sandbox, issuer.token(AUDIENCE), federated.application_id)

        assert refusal_of(refused)[2] == f"The subject_token is signed with no key of its issuer {issuer.url}."

    def test_the_tokens_own_words_on_its_keys_count_for_nothing(self, sandbox: Sandbox, federated: Newcomer, issuer: Issuer) -> None:
        """A key in its header, or the address of one, is neither believed nor asked."""
        with running_issuer() as stranger:
            stranger.key_id = "a stranger's"
            key, shown = private_key("RS256", "a stranger's"), public_key("RS256", "a stranger's")
            token = signed(issuer, key, "RS256", jku=stranger.keys_url, jwk=shown)

            refused = exchanged(sandbox, token, federated.application_id)

            assert refusal_of(refused)[1] == "invalid_grant"
            assert stranger.asked == []

    def test_new_keys_of_an_issuer_are_believed_at_once(self, sandbox: Sandbox, federated: Newcomer, issuer: Issuer) -> None:
        """And the old ones no more."""
        old = issuer.token(AUDIENCE)
        assert exchanged(sandbox, old, federated.application_id).status_code == 200

        issuer.key_id = "second"

        assert exchanged(sandbox, issuer.token(AUDIENCE), federated.application_id).status_code == 200
        assert exchanged(sandbox, old, federated.application_id).status_code == 400

    def test_time_is_the_sandboxs(self, sandbox: Sandbox, federated: Newcomer, issuer: Issuer) -> None:
        """A token of today is expired for a sandbox of next year, and one of next year is good there alone."""
        then = datetime.now(UTC) + timedelta(days=365)
        issuer.now = then.timestamp
        today, later = issuer.token(AUDIENCE, exp=time.time() + 300, nbf=None), issuer.token(AUDIENCE)
        assert refusal_of(exchanged(sandbox, later, federated.application_id))[2] == "The subject_token is not good yet."

        sandbox.set_clock(then.isoformat())
        answers = [exchanged(sandbox, token, federated.application_id) for token in (today, later)]
        sandbox.set_clock(datetime.now(UTC).isoformat())

        assert refusal_of(answers[0])[2] == "The subject_token is expired."
        assert answers[1].status_code == 200

    def test_the_audience_is_the_account_where_none_is_said(self, sandbox: Sandbox, newcomer: Newcomer, issuer: Issuer) -> None:
        """One of several is enough."""
        allow(sandbox, newcomer, issuer, audiences=[])

        assert exchanged(sandbox, issuer.token(["x", ACCOUNT_ID]), newcomer.application_id).status_code == 200
        assert exchanged(sandbox, issuer.token(AUDIENCE), newcomer.application_id).status_code == 400

    def test_the_subject_may_be_another_claim(self, sandbox: Sandbox, newcomer: Newcomer, issuer: Issuer) -> None:
        """Then `sub` does not count."""
        allow(sandbox, newcomer, issuer, subject="project-7", subject_claim="oidc.circleci.com/project-id")

        token = issuer.token(AUDIENCE, **{"oidc.circleci.com/project-id": "project-7"})
        assert exchanged(sandbox, token, newcomer.application_id).status_code == 200
        assert exchanged(sandbox, issuer.token(AUDIENCE, sub="project-7"), newcomer.application_id).status_code == 400

    def test_any_of_a_principals_policies_will_do(self, sandbox: Sandbox, newcomer: Newcomer, issuer: Issuer) -> None:
        """One whose issuer is silent, or whose keys are others, keeps nobody out whom another lets in."""
        allow(sandbox, newcomer, issuer, "elsewhere", subject="elsewhere")
        allow(sandbox, newcomer, issuer, "silent", jwks_uri=f"{issuer.url}/nothing-here")
        allow(sandbox, newcomer, issuer, "other-keys", jwks_json=json.dumps({"keys": [public_key("RS256", "a stranger's")]}))
        assert exchanged(sandbox, issuer.token(AUDIENCE), newcomer.application_id).status_code == 400

        allow(sandbox, newcomer, issuer)

        assert exchanged(sandbox, issuer.token(AUDIENCE), newcomer.application_id).status_code == 200

    @pytest.mark.usefixtures("federated")
    def test_a_policy_is_one_principals(self, sandbox: Sandbox, issuer: Issuer) -> None:
        """It logs in nobody else, nor anybody who does not say whom."""
        other = sandbox.newcomer("other")
        for who in (other.application_id, None):
            assert refusal_of(exchanged(sandbox, issuer.token(AUDIENCE), who))[:2] == (400, "invalid_grant")

    def test_a_change_counts_for_the_next_login(self, sandbox: Sandbox, federated: Newcomer, issuer: Issuer) -> None:
        """And a deletion: tokens that were given live on to their end."""
        got = exchanged(sandbox, issuer.token(AUDIENCE), federated.application_id).json()["access_token"]
        sandbox.http.patch(
            f"{path_of(federated)}/ci", params={"update_mask": "oidc_policy"}, json={"oidc_policy": policy_of(issuer, subject="x")}
        )
        assert exchanged(sandbox, issuer.token(AUDIENCE), federated.application_id).status_code == 400
        assert exchanged(sandbox, issuer.token(AUDIENCE, sub="x"), federated.application_id).status_code == 200

        sandbox.http.delete(f"{path_of(federated)}/ci")

        assert exchanged(sandbox, issuer.token(AUDIENCE, sub="x"), federated.application_id).status_code == 400
        assert httpx.get(f"{sandbox.host}{ME}", headers={"Authorization": f"Bearer {got}"}).status_code == 200

    def test_who_is_out_gets_no_token(self, sandbox: Sandbox, federated: Newcomer, issuer: Issuer) -> None:
        """Deactivated nowhere; out of the workspace at the account alone."""
        principal = f"/api/2.0/accounts/{ACCOUNT_ID}/scim/v2/ServicePrincipals/{federated.id}"
        sandbox.admin.service_principals.delete(federated.id)
        assert refusal_of(exchanged(sandbox, issuer.token(AUDIENCE), federated.application_id))[:2] == (401, "invalid_client")
        assert exchanged(sandbox, issuer.token(AUDIENCE), federated.application_id, ACCOUNT_TOKEN).status_code == 200

        sandbox.http.patch(principal, json={"Operations": [{"op": "replace", "path": "active", "value": [{"value": "false"}]}]})

        assert refusal_of(exchanged(sandbox, issuer.token(AUDIENCE), federated.application_id, ACCOUNT_TOKEN))[:2] == (
            401,
            "invalid_client",
        )
        assert refusal_of(exchanged(sandbox, issuer.token(AUDIENCE), "00000000-0000-0000-0000-000000000000"))[:2] == (401, "invalid_client")

    def test_who_goes_while_the_keys_are_fetched_gets_no_token(self, sandbox: Sandbox, federated: Newcomer, issuer: Issuer) -> None:
        """A policy that is deleted in that moment lets nobody in any more."""

        def late(handler: BaseHTTPRequestHandler) -> None:
            assert sandbox.http.delete(f"{path_of(federated)}/ci").status_code == 200
            answer(handler, 200, json.dumps(issuer.key_set()).encode())

        issuer.instead[KEYS] = late

        assert refusal_of(exchanged(sandbox, issuer.token(AUDIENCE), federated.application_id))[:2] == (400, "invalid_grant")

    def test_a_new_policy_may_be_unknown_for_a_while(self, sandbox: Sandbox, newcomer: Newcomer, issuer: Issuer) -> None:
        """As a new secret may."""
        sandbox.http.post("/sandbox/faults", json={"propagation_s": 3600, "propagation_in": ["logins"]})
        allow(sandbox, newcomer, issuer)
        assert exchanged(sandbox, issuer.token(AUDIENCE), newcomer.application_id).status_code == 400

        sandbox.http.delete("/sandbox/faults")

        assert exchanged(sandbox, issuer.token(AUDIENCE), newcomer.application_id).status_code == 200

    @pytest.mark.parametrize(
        ("form", "refusal"),
        [
            ({"subject_token": ""}, ("invalid_request", "Missing parameter: subject_token")),
            ({"subject_token_type": "urn:ietf:params:oauth:token-type:saml2"}, ("invalid_request", "subject_token_type must be")),
            ({"requested_token_type": "urn:ietf:params:oauth:token-type:jwt"}, ("invalid_request", "requested_token_type must be")),
            ({"scope": "everything"}, ("invalid_scope", "Unknown scope: everything")),
            ({"subject_token": "no.jwt.atall"}, ("invalid_grant", "The subject_token is no signed JWT.")),
            ({"subject_token": "e30.e30."}, ("invalid_grant", "The subject_token must be signed by RS256 or ES256")),
        ],
    )
    def test_malformed_exchanges_are_told_apart(
        self, sandbox: Sandbox, federated: Newcomer, issuer: Issuer, form: dict[str, str], refusal: tuple[str, str]
    ) -> None:
        """Each is a 400 with OAuth's word for it, and a sentence."""
        status, word, description = refusal_of(exchanged(sandbox, issuer.token(AUDIENCE), federated.application_id, **form))

        assert (status, word) == (400, refusal[0])
        assert description.startswith(refusal[1])

    def test_the_discovery_documents_name_the_grant(self, sandbox: Sandbox) -> None:
        """At both endpoints."""
        for root in ("/oidc", f"/oidc/accounts/{ACCOUNT_ID}"):
            found = httpx.get(f"{sandbox.host}{root}/.well-known/oauth-authorization-server").json()
            assert found["grant_types_supported"] == ["client_credentials", EXCHANGE["grant_type"]]


class TestAccountWide:
    @pytest.fixture
    def _policy(self, sandbox: Sandbox, issuer: Issuer) -> Iterator[None]:
        made = sandbox.http.post(OF_ACCOUNT, params={"policy_id": "idp"}, json={"oidc_policy": policy_of(issuer, subject=None)})
        assert made.status_code == 200, made.text
        yield
        sandbox.http.delete(f"{OF_ACCOUNT}/idp")

    @pytest.mark.usefixtures("_policy")
    def test_the_token_says_who_it_is(self, sandbox: Sandbox, newcomer: Newcomer, issuer: Issuer) -> None:
        """A person by name, a service principal by its application id; nobody who is not there, and no group."""
        for name in (ANNS_MAIL, newcomer.application_id):
            got = exchanged(sandbox, issuer.token(AUDIENCE, sub=name), None)
            assert got.status_code == 200, got.text
            me = httpx.get(f"{sandbox.host}{ME}", headers={"Authorization": f"Bearer {got.json()['access_token']}"})
            assert me.json()["userName"] == name
        for name in ("nobody@acme.example", "admins", "cx-analytics", newcomer.id):
            assert refusal_of(exchanged(sandbox, issuer.token(AUDIENCE, sub=name), None))[:2] == (401, "invalid_client")

    @pytest.mark.usefixtures("_policy")
    def test_it_serves_nobody_who_names_a_principal(self, sandbox: Sandbox, newcomer: Newcomer, issuer: Issuer) -> None:
        """A `client_id` asks for a policy of that principal's own."""
        token = issuer.token(AUDIENCE, sub=newcomer.application_id)

        assert refusal_of(exchanged(sandbox, token, newcomer.application_id))[:2] == (400, "invalid_grant")


class TestFetchingKeys:
    """A policy says whom the sandbox asks: an address that means no good must neither hold it up nor lead it on."""

    @pytest.mark.parametrize(
        ("instead", "reason"),
        [
            ({DISCOVERY: lambda handler: answer(handler, 302, b"", Location="http://169.254.169.254/")}, "answered 302"),
            ({KEYS: lambda handler: answer(handler, 302, b"", Location="/elsewhere")}, "answered 302"),
            ({KEYS: lambda handler: answer(handler, 500, b"{}")}, "answered 500"),
            ({KEYS: lambda handler: answer(handler, 200, b" " * 300_000)}, "answered more than 262144 bytes"),
            ({KEYS: lambda handler: answer(handler, 200, b"no JSON")}, "Expecting value"),
            ({KEYS: lambda handler: answer(handler, 200, b"[" * 200_000)}, "nested too deeply"),
            ({KEYS: lambda handler: answer(handler, 200, b'{"keys": [{"kty": "XY"}]}')}, "it holds no key of a known kind"),
            ({DISCOVERY: lambda handler: answer(handler, 200, b'{"issuer": "https://somebody.else"}')}, "is another issuer's"),
        ],
    )
    def test_what_is_no_key_set_keeps_out(
        self, sandbox: Sandbox, federated: Newcomer, issuer: Issuer, instead: dict[str, Answer], reason: str
    ) -> None:
        """Nobody is followed elsewhere, nothing is read without an end, and what comes must be what it should be."""
        issuer.instead |= instead

        status, error, description = refusal_of(exchanged(sandbox, issuer.token(AUDIENCE), federated.application_id))

        assert (status, error) == (400, "invalid_grant")
        assert description.startswith(f"The keys of the issuer {issuer.url} cannot be had: ")
        assert reason in description
        assert "/elsewhere" not in issuer.asked

    def test_a_discovery_document_leads_nowhere_by_plain_http(self, sandbox: Sandbox, federated: Newcomer, issuer: Issuer) -> None:
        """But to this machine."""
        document = {"issuer": issuer.url, "jwks_uri": "http://169.254.169.254/latest/meta-data"}
        issuer.instead[DISCOVERY] = lambda handler: answer(handler, 200, json.dumps(document).encode())

        refused = exchanged(sandbox, issuer.token(AUDIENCE), federated.application_id)

        assert "has no jwks_uri that may be asked: 'http://169.254.169.254/latest/meta-data'" in refusal_of(refused)[2]

    def test_an_issuer_that_drips_holds_nobody_up(self, sandbox: Sandbox, federated: Newcomer, issuer: Issuer) -> None:
        """A byte now and then is given up after three seconds, and the sandbox serves others meanwhile."""
        others: list[float] = []

        def drip(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.end_headers()
            for _ in range(8):
                handler.wfile.write(b" ")
                began = time.monotonic()
                assert sandbox.http.get(ME).status_code == 200
                others.append(time.monotonic() - began)
                time.sleep(0.5)

        issuer.instead[KEYS] = drip
        began = time.monotonic()

        refused = exchanged(sandbox, issuer.token(AUDIENCE), federated.application_id)

        assert 2.9 < time.monotonic() - began < 4.5
        assert refusal_of(refused)[2].endswith("cannot be had: no whole answer within 3 seconds.")
        assert len(others) > 4
        assert max(others) < 1

    def test_an_issuer_that_is_down_is_said(self, sandbox: Sandbox, federated: Newcomer, issuer: Issuer) -> None:
        """A closed port is one sentence."""
        allow(sandbox, federated, issuer, "closed", jwks_uri="http://127.0.0.1:1/keys", subject="closed")

        refused = exchanged(sandbox, issuer.token(AUDIENCE, sub="closed"), federated.application_id)

        assert refusal_of(refused)[2] == f"The keys of the issuer {issuer.url} cannot be had: All connection attempts failed."

    def test_no_one_is_asked_for_a_token_that_fits_no_policy(self, sandbox: Sandbox, federated: Newcomer, issuer: Issuer) -> None:
        """Whoever sends it could else make the sandbox ask, again and again."""
        exchanged(sandbox, issuer.token("elsewhere"), federated.application_id)

        assert issuer.asked == []
