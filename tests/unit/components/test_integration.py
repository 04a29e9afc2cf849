"""What an integration registers, seen with Pulumi's mocks: names, parents, options, and what is secret."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pulumi
import pytest
from pulumi.runtime import rpc
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs, Mocks
from pulumi.runtime.stack import run_pulumi_func

from components.databricks import Provider
from components.host import Workspace
from components.integration import Integration
from components.preflight import Answer, Finding
from components.principal import Providers
from components.resources import BrickpassProvider
from model.bundle import AuthenticationBundle
from model.config import IntegrationConfig
from model.declaration import declare
from model.presets import Presets

HOST = "https://dbc-1234.cloud.databricks.com"
CONFIG: dict[str, Any] = {
    "entitlements": ["databricks-sql-access", "workspace-access"],
    "grants": {"warehouses": {"bi": "CAN_USE"}, "schemas": {"main.surveys": ["SELECT"]}},
}
FOUND = Answer(ids={("warehouses", "bi"): ("4a1f", "bi")})


@dataclass
class MockedEngine(Mocks):
    """Remembers what was registered, and answers as the providers would."""

    registered: dict[tuple[str, str], MockResourceArgs] = field(default_factory=dict)

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        self.registered[args.typ.rsplit(":", 1)[-1], args.name] = args
        made: dict[str, Any] = {"revision": "1"}
        if args.typ.endswith(":ServicePrincipal"):
            made = {"applicationId": "6f44b260"}
        if args.typ.endswith(":RotatingSecret"):
            moments = {"issuedAt": "2027-01-01T00:00:00Z", "expiresAt": "2027-04-15T00:00:00Z", "rotatesAt": "2027-04-01T00:00:00Z"}
            made |= moments | {"clientSecret": "dose-canary", "secretId": "1"}
        if args.typ.endswith(":Verification"):
            made |= {"verifiedAt": "2027-01-01T00:00:01Z"}
        return f"{args.name}-id", {**args.inputs, **made}

    def call(self, args: MockCallArgs) -> tuple[dict[Any, Any], None]:
        raise AssertionError(f"an integration calls no function, but called {args.token}")


@pytest.fixture(autouse=True)
def workspace() -> Iterator[MockedEngine]:
    mocks = MockedEngine()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    pulumi.runtime.set_mocks(mocks, project="brickpass", stack="test", preview=False)
    yield mocks
    loop.close()
    asyncio.set_event_loop(None)


def deploy(*, config: dict[str, Any] = CONFIG, answer: Answer = FOUND, account_id: str | None = None) -> tuple[dict[str, Any], bool]:
    """Registers the integration; its bundle, and whether that is secret."""
    told: list[tuple[dict[str, Any], bool]] = []

    async def program() -> None:
        databricks = Provider("databricks", host=HOST)
        opts = pulumi.ResourceOptions(providers=[BrickpassProvider("brickpass", host=HOST), databricks])
        declared = declare(IntegrationConfig.model_validate(config), Presets.shipped(), date(2027, 1, 1))
        made = Integration(
            "alchemer",
            declared,
            answer,
            workspace=Workspace(HOST, account_id),
            protect=True,
            runs_every=timedelta(days=7),
            providers=Providers(databricks, Provider("databricks-account", host=HOST, account_id=account_id) if account_id else None),
            opts=opts,
        )
        bundle = await made.bundle.future()
        assert bundle is not None
        told.append((bundle, await made.bundle.is_secret()))

    asyncio.get_event_loop().run_until_complete(run_pulumi_func(program))
    return told[0]


def test_every_resource_is_named_after_the_integration(workspace: MockedEngine) -> None:
    """So two integrations never meet, and a renaming carries all of them along."""
    deploy()

    assert set(workspace.registered) == {
        ("brickpass", "brickpass"),
        ("databricks", "databricks"),
        ("Integration", "alchemer"),
        ("ServicePrincipal", "alchemer"),
        ("WorkspaceMembership", "alchemer"),
        ("RotatingSecret", "alchemer"),
        ("Verification", "alchemer"),
        ("ObjectPermission", "alchemer-warehouses:bi"),
        ("SecurableGrant", "alchemer-schemas:main.surveys"),
        ("SecurableGrant", "alchemer-catalogs:main"),
    }


def test_grants_go_to_the_application_id_and_the_secret_to_the_scim_id(workspace: MockedEngine) -> None:
    """Mixing the two is the commonest mistake of this API."""
    deploy()

    assert workspace.registered["ObjectPermission", "alchemer-warehouses:bi"].inputs["principal"] == "6f44b260"
    assert workspace.registered["RotatingSecret", "alchemer"].inputs["principalId"] == "alchemer-id"
    assert workspace.registered["RotatingSecret", "alchemer"].inputs["applicationId"] == "6f44b260"


def test_what_is_implied_is_said_to_be(workspace: MockedEngine) -> None:
    """A preview shows which privileges nobody declared."""
    deploy()

    catalog = workspace.registered["SecurableGrant", "alchemer-catalogs:main"].inputs
    schema = workspace.registered["SecurableGrant", "alchemer-schemas:main.surveys"].inputs
    assert (catalog["privileges"], catalog["implied"]) == (["USE_CATALOG"], ["USE_CATALOG"])
    assert (schema["privileges"], schema["implied"]) == (["SELECT", "USE_SCHEMA"], ["USE_SCHEMA"])


def test_the_bundle_is_secret_and_holds_what_the_vendors_form_asks_for() -> None:
    """Client ID, Client Secret, MockedEngine URL, and how SQL drivers find the warehouse."""
    bundle, secret = deploy()

    assert secret
    assert bundle["client_id"] == "6f44b260"
    assert bundle["client_secret"] == "dose-canary"
    assert bundle["workspace_url"] == HOST
    assert bundle["service_principal_id"] == "alchemer-id"
    assert bundle["expires_at"] == "2027-04-15T00:00:00Z"
    assert [warehouse["http_path"] for warehouse in bundle["warehouses"]] == ["/sql/1.0/warehouses/4a1f"]


FEDERATED: dict[str, Any] = {
    **CONFIG,
    "adopt": "loader",
    "federation": [
        {"github": {"repository": "acme/surveys", "environment": "prod"}},
        {"oidc": {"issuer": "https://idp", "subject": "x", "jwks_uri": "https://idp/keys", "audiences": ["a", "b"]}},
    ],
}
ADOPTED = Answer(ids=FOUND.ids, adopted={"alchemer": ("6f44b260", "42")})


def test_an_integration_that_federates_has_a_policy_for_each_workload_and_no_secret(workspace: MockedEngine) -> None:
    """In the account, for the numeric id, and said as the official provider takes it, which translates no names here."""
    deploy(config=FEDERATED, answer=ADOPTED, account_id="8c1f")

    made = {name: args for (kind, name), args in workspace.registered.items() if kind == "ServicePrincipalFederationPolicy"}
    assert all(name == f"alchemer-{policy.inputs['policyId']}" for name, policy in made.items())
    assert all("databricks-account" in (policy.provider or "") for policy in made.values())
    assert {policy.inputs["servicePrincipalId"] for policy in made.values()} == {42}
    assert [policy.inputs["oidcPolicy"] for policy in made.values()] == [
        {
            "issuer": "https://token.actions.githubusercontent.com",
            "subject": "repo:acme/surveys:environment:prod",
            "subjectClaim": "sub",
            "audiences": ["8c1f"],
        },
        {"issuer": "https://idp", "subject": "x", "subjectClaim": "sub", "audiences": ["a", "b"], "jwksUri": "https://idp/keys"},
    ]
    assert not any(kind == "RotatingSecret" for kind, _ in workspace.registered)
    assert "clientSecret" not in workspace.registered["Verification", "alchemer"].inputs


def test_a_bundle_of_one_that_federates_says_how_to_log_in() -> None:
    """Each workload in the order of the stack file, and nothing that would be a secret."""
    bundle, secret = deploy(config=FEDERATED, answer=ADOPTED, account_id="8c1f")

    assert secret
    assert (bundle["client_id"], bundle["account_id"], bundle["client_secret"]) == ("6f44b260", "8c1f", None)
    assert [(login["auth_type"], login["audience"]) for login in bundle["federation"]] == [("github-oidc", "8c1f"), ("env-oidc", "a")]


def test_one_that_has_ended_is_trusted_for_nobody(workspace: MockedEngine) -> None:
    """Whoever its workloads were: there is no policy, and no bundle."""
    bundle, _ = deploy(config={**FEDERATED, "until": "2026-12-31"}, answer=ADOPTED, account_id="8c1f")

    assert bundle == {}
    assert not any(kind == "ServicePrincipalFederationPolicy" for kind, _ in workspace.registered)


def test_a_grant_at_fault_carries_the_fault_and_the_others_do_not(workspace: MockedEngine) -> None:
    """So an update fails that one alone."""
    missing = Finding("alchemer", ("grants", "warehouses", "bi"), 'there is no SQL warehouse "bi"', "bi", "fault")

    deploy(answer=Answer(findings=(missing,)))

    assert workspace.registered["ObjectPermission", "alchemer-warehouses:bi"].inputs["fault"] == 'there is no SQL warehouse "bi"'
    assert "fault" not in workspace.registered["SecurableGrant", "alchemer-schemas:main.surveys"].inputs


def test_a_finding_about_the_admins_rights_stops_no_grant(workspace: MockedEngine) -> None:
    """The API knows better, and says so itself."""
    refused = Finding("alchemer", ("grants", "warehouses", "bi"), "somebody may not grant", "bi", "rights")

    deploy(answer=Answer(ids=FOUND.ids, findings=(refused,)))

    assert "fault" not in workspace.registered["ObjectPermission", "alchemer-warehouses:bi"].inputs


@pytest.mark.parametrize(
    ("entitlements", "said"),
    [
        (["databricks-sql-access"], {"databricksSqlAccess": True, "workspaceAccess": False}),
        (["workspace-consume"], {"workspaceConsume": True}),
    ],
)
def test_entitlements_are_said_as_the_official_provider_accepts_them(
    workspace: MockedEngine, entitlements: list[str], said: dict[str, bool]
) -> None:
    """It refuses to see `workspaceConsume` beside the two that it excludes, even when they are false."""
    deploy(config={"entitlements": entitlements, "grants": {}})

    flags = workspace.registered["ServicePrincipal", "alchemer"].inputs
    assert said == {name: flags[name] for name in ("databricksSqlAccess", "workspaceAccess", "workspaceConsume") if name in flags}


def test_what_is_implied_is_not_at_fault_for_what_implied_it(workspace: MockedEngine) -> None:
    """USE_CATALOG on a catalog serves every schema in it, whatever is wrong with the one that is named first."""
    config = {"grants": {"schemas": {"main.gone": ["SELECT"], "main.surveys": ["SELECT"]}}}
    missing = Finding("alchemer", ("grants", "schemas", "main.gone"), 'there is no schema "main.gone"', "main.gone", "fault")

    deploy(config=config, answer=Answer(findings=(missing,)))

    assert workspace.registered["SecurableGrant", "alchemer-schemas:main.gone"].inputs["fault"] == 'there is no schema "main.gone"'
    assert "fault" not in workspace.registered["SecurableGrant", "alchemer-schemas:main.surveys"].inputs
    assert "fault" not in workspace.registered["SecurableGrant", "alchemer-catalogs:main"].inputs


def test_how_often_the_stack_is_deployed_stands_in_the_state(workspace: MockedEngine) -> None:
    """So that whoever reads the state alone can tell what would lapse before the next run."""
    deploy()

    assert workspace.registered["Integration", "alchemer"].inputs["runsEvery"] == 7 * 24 * 3600


def test_each_address_has_a_delivery_after_the_proof(workspace: MockedEngine) -> None:
    """Under a name that no other has, with the bundle but for its warehouses: a grant on one is no reason to deliver it anew."""
    deploy(config=CONFIG | {"deliver": ["vault:secret/alchemer", "github:acme/surveys@production eu", "secret-scope:cx-vendors"]})

    deliveries = {name: made.inputs for (kind, name), made in workspace.registered.items() if kind == "Delivery"}
    assert list(deliveries)[::2] == ["alchemer-vault:secret-alchemer-0d9a4203", "alchemer-secret-scope:cx-vendors"]
    assert [each["address"] for each in deliveries.values()] == workspace.registered["Integration", "alchemer"].inputs["deliver"]
    for each in deliveries.values():
        assert (each["secretId"], each["verifiedAt"]) == ("1", "2027-01-01T00:00:01Z")
        assert rpc.is_rpc_secret(each["bundle"])
        bundle = AuthenticationBundle.model_validate_json(rpc.unwrap_rpc_secret(each["bundle"]))
        assert (bundle.client_id, bundle.warehouses) == ("6f44b260", ())
