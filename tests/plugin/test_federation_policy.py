"""A principal's federation policy, against a small real HTTP server: what the official plugin 1.118.0 asks, and what it is called."""

from typing import TYPE_CHECKING, Any

import grpc
import pytest

from tests.plugin.conftest import ACCOUNT_ID, Json, Plugin, SmallWorkspace

if TYPE_CHECKING:
    from collections.abc import Callable

KIND = "ServicePrincipalFederationPolicy"
PRINCIPAL_ID = 7531902468024680
PATH = f"/api/2.0/accounts/{ACCOUNT_ID}/servicePrincipals/{PRINCIPAL_ID}/federationPolicies"
POLICY: Json = {
    "issuer": "https://token.actions.githubusercontent.com",
    "audiences": ["acme", "b"],
    "subject": "repo:acme/x:environment:prod",
}
INPUTS: Json = {"servicePrincipalId": PRINCIPAL_ID, "policyId": "github", "oidcPolicy": POLICY}
TIMES = {"create_time": "2026-11-24T10:00:00.000Z", "update_time": "2026-11-24T10:00:00.000Z"}
ANSWER: Json = {
    "name": f"accounts/{ACCOUNT_ID}/servicePrincipals/{PRINCIPAL_ID}/federationPolicies/github",
    "policy_id": "github",
    "service_principal_id": PRINCIPAL_ID,
    "uid": "a-uid",
    "oidc_policy": POLICY,
    **TIMES,
}
STATE: Json = {**INPUTS, "name": ANSWER["name"], "uid": "a-uid", "createTime": TIMES["create_time"], "updateTime": TIMES["update_time"]}


def changed(**words: object) -> Json:
    """The inputs with another policy; a word that is None is left out."""
    policy = {name: value for name, value in {**POLICY, **words}.items() if value is not None}
    return {**INPUTS, "oidcPolicy": policy}


@pytest.fixture
def account(workspace: SmallWorkspace) -> SmallWorkspace:
    """The account with one policy."""
    workspace.answer("POST", PATH, ANSWER)
    for method in ("GET", "PATCH"):
        workspace.answer(method, f"{PATH}/github", ANSWER)
    workspace.answer("DELETE", f"{PATH}/github", {})
    return workspace


def test_create_is_one_call_and_its_answer_the_state(for_account: Plugin, account: SmallWorkspace) -> None:
    """One POST at the account's path with the policy's id beside it; nothing is read back; the id says nothing."""
    resource_id, state = for_account.create(KIND, preview=False, **INPUTS)

    assert (resource_id, state) == ("id", STATE)
    assert account.calls() == [f"POST {PATH}"]
    assert next(one.query for one in account.asked if one.method == "POST" and one.path == PATH) == {"policy_id": ["github"]}
    assert account.body_of("POST") == {
        "policy_id": "github",
        "service_principal_id": PRINCIPAL_ID,
        "oidc_policy": POLICY,
    }
    assert for_account.diff(KIND, resource_id, state, **INPUTS) == {}


def test_the_account_may_choose_the_policys_id(for_account: Plugin, account: SmallWorkspace) -> None:
    """Without one nothing is said of it, and saying nothing later changes nothing."""
    inputs = {name: value for name, value in INPUTS.items() if name != "policyId"}

    resource_id, state = for_account.create(KIND, preview=False, **inputs)

    assert next(one.query for one in account.asked if one.path == PATH) == {}
    assert state["policyId"] == "github"
    assert for_account.diff(KIND, resource_id, state, **inputs) == {}


def test_every_word_of_a_policy_goes_out_and_comes_back(for_account: Plugin, workspace: SmallWorkspace) -> None:
    """Pulumi's names on one side, the API's on the other."""
    sent = {"issuer": "https://i", "audiences": ["a"], "subject": "s", "subject_claim": "azp", "jwks_json": "{}", "jwks_uri": "https://i/k"}
    workspace.answer("POST", PATH, {**ANSWER, "description": "why", "oidc_policy": sent})
    given = {"issuer": "https://i", "audiences": ["a"], "subject": "s", "subjectClaim": "azp", "jwksJson": "{}", "jwksUri": "https://i/k"}

    _, state = for_account.create(KIND, preview=False, **{**INPUTS, "description": "why", "oidcPolicy": given})

    body = workspace.body_of("POST") or {}
    assert (body["oidc_policy"], body["description"]) == (sent, "why")
    assert (state["oidcPolicy"], state["description"]) == (given, "why")


def test_a_preview_knows_what_was_given_alone(for_account: Plugin, account: SmallWorkspace) -> None:
    """Nothing is asked; what the account makes is unknown before, and an update makes one time anew."""
    _, before = for_account.create(KIND, preview=True, **INPUTS)
    after = for_account.update(KIND, "id", STATE, preview=True, **changed(subject="other"))

    assert {name for name, value in before.items() if value not in INPUTS.values()} == {"name", "uid", "createTime", "updateTime"}
    assert {name for name, value in after.items() if value != STATE.get(name)} == {"oidcPolicy", "updateTime"}
    assert account.calls() == []


@pytest.mark.parametrize(
    ("inputs", "difference"),
    [
        (changed(subject="other"), {"oidcPolicy.subject": "UPDATE"}),
        (changed(audiences=["b", "acme"]), {"oidcPolicy.audiences": "UPDATE"}),
        (changed(subjectClaim="azp"), {"oidcPolicy.subjectClaim": "ADD"}),
        (changed(audiences=None), {"oidcPolicy.audiences": "DELETE"}),
        ({**INPUTS, "description": "why"}, {"description": "ADD"}),
        ({**INPUTS, "policyId": "other"}, {"policyId": "UPDATE_REPLACE"}),
        ({**INPUTS, "servicePrincipalId": 1}, {"servicePrincipalId": "UPDATE_REPLACE"}),
    ],
)
def test_only_whose_it_is_and_its_id_replace(for_account: Plugin, inputs: Json, difference: dict[str, str]) -> None:
    """What a token must say is changed in place, and each word of it is named; the order of audiences counts."""
    assert for_account.diff(KIND, "id", STATE, **inputs) == difference


def test_an_update_is_one_call_that_names_what_it_changes(for_account: Plugin, account: SmallWorkspace) -> None:
    """One PATCH with the official plugin's mask, which empties what is not there; whose it is comes from the state, not from the id."""
    state = for_account.update(KIND, "id", {**STATE, "description": "why"}, preview=False, **changed(audiences=["acme"]))

    assert account.calls() == [f"PATCH {PATH}/github"]
    assert account.asked[-1].query == {"update_mask": ["description,oidc_policy"]}
    body: dict[str, Any] = account.body_of("PATCH") or {}
    assert body["oidc_policy"] == {**POLICY, "audiences": ["acme"]}
    assert "description" not in body
    assert state == STATE


def test_a_refresh_shows_drift_and_what_is_gone(for_account: Plugin, account: SmallWorkspace) -> None:
    """A subject that somebody changed is a change of the input; one that was deleted leaves the state."""
    account.answer("GET", f"{PATH}/github", {**ANSWER, "oidc_policy": {**POLICY, "subject": "elsewhere"}})
    resource_id, _, inputs = for_account.read(KIND, "id", STATE, INPUTS)
    assert (resource_id, inputs["oidcPolicy"]) == ("id", {**POLICY, "subject": "elsewhere"})

    del account.answers["GET", f"{PATH}/github"]
    assert for_account.read(KIND, "id", STATE)[0] == ""


def test_an_import_is_by_principal_and_policy(for_account: Plugin, account: SmallWorkspace) -> None:
    """It gives inputs to write down, and forgets its id like all others; another form of an id is refused."""
    resource_id, state, inputs = for_account.read(KIND, f"{PRINCIPAL_ID},github")

    assert account.calls() == [f"GET {PATH}/github"]
    assert (resource_id, state) == ("id", STATE)
    assert {name: value for name, value in inputs.items() if not name.startswith("__")} == INPUTS
    with pytest.raises(grpc.RpcError, match="the id must be PRINCIPAL,POLICY, not 'github'"):
        for_account.read(KIND, "github")


def test_delete_is_one_call_and_repeatable(for_account: Plugin, account: SmallWorkspace) -> None:
    """One that is gone already is as good."""
    for_account.delete(KIND, "id", STATE)
    del account.answers["DELETE", f"{PATH}/github"]
    for_account.delete(KIND, "id", STATE)

    assert account.calls() == [f"DELETE {PATH}/github"] * 2


@pytest.mark.parametrize(
    ("inputs", "property_name", "part"),
    [
        ({**INPUTS, "servicePrincipalId": str(PRINCIPAL_ID)}, "servicePrincipalId", "must be a float"),
        ({**INPUTS, "oidcPolicy": "https://i"}, "oidcPolicy", "must be a dict"),
        (changed(jwks_uri="https://i"), "oidcPolicy.jwks_uri", "is not a property of `oidcPolicy`"),
        (changed(audiences="acme"), "oidcPolicy.audiences", "must be a list"),
        ({**INPUTS, "uid": "mine"}, "uid", "is not a property of this type"),
    ],
)
def test_wrong_inputs_are_refused_before_any_call(plugin: Plugin, inputs: Json, property_name: str, part: str) -> None:
    """Each wrong input is named with what is wrong about it."""
    _, failures = plugin.check(KIND, **inputs)

    assert part in failures[property_name]


@pytest.mark.parametrize(
    ("verb", "words"),
    [("POST", "failed to create"), ("GET", "failed to get"), ("PATCH", "failed to update"), ("DELETE", "failed to delete")],
)
def test_refusals_have_the_official_plugins_words(for_account: Plugin, workspace: SmallWorkspace, verb: str, words: str) -> None:
    """Those of its newer half."""
    denied: Json = {"error_code": "PERMISSION_DENIED", "message": "No."}
    for method in ("POST", "GET", "PATCH", "DELETE"):
        workspace.answer(method, PATH if method == "POST" else f"{PATH}/github", denied, status=403)
    calls: dict[str, Callable[[], object]] = {
        "POST": lambda: for_account.create(KIND, preview=False, **INPUTS),
        "GET": lambda: for_account.read(KIND, "id", STATE),
        "PATCH": lambda: for_account.update(KIND, "id", STATE, preview=False, **changed(subject="other")),
        "DELETE": lambda: for_account.delete(KIND, "id", STATE),
    }

    with pytest.raises(grpc.RpcError) as refused:
        calls[verb]()

    assert refused.value.details() == f"{words} service_principal_federation_policy: No"


def test_a_provider_without_an_account_is_explained(configured: Plugin) -> None:
    """A workspace's provider cannot make it."""
    with pytest.raises(grpc.RpcError, match="what belongs to an account needs the provider's `accountId`"):
        configured.create(KIND, preview=False, **INPUTS)
