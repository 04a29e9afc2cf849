"""What people change by hand: a refresh shows it, the next `pulumi up` repairs it, and a destroy succeeds in spite of it."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from tests.end_to_end.harness import Engine, Run, Stack
from tests.harness import Sandbox

SCHEMA = "/api/2.1/unity-catalog/permissions/schema/main.surveys"
ON_THE_WAREHOUSE: Mapping[str, Any] = {"entitlements": ["databricks-sql-access"], "grants": {"warehouses": {"bi-serverless": "CAN_USE"}}}
ON_THE_CLUSTER: Mapping[str, Any] = {"entitlements": ["workspace-access"], "grants": {"clusters": {"shared-analytics": "CAN_RESTART"}}}
ON_THE_SCHEMA: Mapping[str, Any] = {**ON_THE_WAREHOUSE, "grants": {"schemas": {"main.surveys": ["SELECT", "MODIFY"]}}}


class Hand:
    """A person in the workspace's own pages, who knows the integrations by the bundles that were handed out last."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.bundles: dict[str, dict[str, Any]] = {}

    def client_id(self, integration: str) -> str:
        found: str = self.bundles[integration]["client_id"]
        return found

    def principal(self, integration: str) -> str:
        """The numeric id."""
        [known] = self.sandbox.admin.service_principals.list(filter=f'applicationId eq "{self.client_id(integration)}"')
        return known.id or ""

    def delete_principal(self, integration: str) -> None:
        """Out of the account, with all that it had."""
        self.sandbox.account.service_principals.delete(self.principal(integration))

    def take_out_of_the_workspace(self, integration: str) -> None:
        """It lives on in the account, with its secrets."""
        self.sandbox.admin.service_principals.delete(self.principal(integration))

    def change_principal(self, integration: str, operation: Mapping[str, object]) -> None:
        path = f"/api/2.0/preview/scim/v2/ServicePrincipals/{self.principal(integration)}"
        assert self.sandbox.http.patch(path, json={"Operations": [operation]}).is_success

    def take_out_of_group(self, integration: str, group: str) -> None:
        [found] = self.sandbox.admin.groups.list(filter=f'displayName eq "{group}"')
        operation = {"op": "remove", "path": f'members[value eq "{self.principal(integration)}"]'}
        assert self.sandbox.http.patch(f"/api/2.0/preview/scim/v2/Groups/{found.id}", json={"Operations": [operation]}).is_success

    def take_off_the_list(self, integration: str) -> None:
        """Of the cluster."""
        path, client_id = f"/api/2.0/permissions/clusters/{self.sandbox.cluster()}", self.client_id(integration)
        kept = [
            {name: value for name, value in entry.items() if name.endswith("_name") and name != "display_name"}
            | {"permission_level": each["permission_level"]}
            for entry in self.sandbox.http.get(path).json()["access_control_list"]
            for each in entry["all_permissions"]
            if not each["inherited"] and entry.get("service_principal_name") != client_id
        ]
        assert self.sandbox.http.put(path, json={"access_control_list": kept}).is_success

    def set_level(self, integration: str, level: str) -> None:
        """On the cluster."""
        entry = {"service_principal_name": self.client_id(integration), "permission_level": level}
        path = f"/api/2.0/permissions/clusters/{self.sandbox.cluster()}"
        assert self.sandbox.http.patch(path, json={"access_control_list": [entry]}).is_success

    def change_privileges(self, integration: str, **change: list[str]) -> None:
        """On the schema."""
        assert self.sandbox.http.patch(SCHEMA, json={"changes": [{"principal": self.client_id(integration), **change}]}).is_success

    def make_warehouse(self, name: str) -> str:
        made = self.sandbox.http.post("/api/2.0/sql/warehouses", json={"name": name, "cluster_size": "2X-Small"})
        assert made.is_success, made.text
        return str(made.json()["id"])

    def delete_warehouse(self, name: str) -> None:
        assert self.sandbox.http.delete(f"/api/2.0/sql/warehouses/{self.sandbox.warehouse(name)}").is_success

    def secrets(self, integration: str) -> set[str]:
        found = self.sandbox.admin.service_principal_secrets_proxy.list(self.principal(integration))
        return {secret.id or "" for secret in found}

    def live_secret(self, integration: str) -> set[str]:
        return {self.bundles[integration]["secret_id"]}

    def delete_secrets(self, integration: str, secret_ids: set[str]) -> None:
        for secret_id in secret_ids:
            self.sandbox.admin.service_principal_secrets_proxy.delete(self.principal(integration), secret_id)


def told_of(run: Run, kind: str, name: str) -> str:
    """The last that a command says of a resource, without how long it took; nothing where it says nothing of it."""
    lines = [line.split(f"{kind} {name} ", 1)[1] for line in run.text.splitlines() if f"{kind} {name} " in line]
    return " ".join(word for word in lines[-1].split() if not word.startswith("(")) if lines else ""


def access(sandbox: Sandbox) -> dict[str, dict[str, str]]:
    """Who has what on all that the stacks here touch."""
    privileges = sandbox.http.get(SCHEMA).json()["privilege_assignments"]
    return {
        "warehouse": sandbox.direct_levels("sql/warehouses", sandbox.warehouse()),
        "cluster": sandbox.direct_levels("clusters", sandbox.cluster()),
        "schema": {each["principal"]: " ".join(sorted(each["privileges"])) for each in privileges},
    }


def principals(sandbox: Sandbox) -> dict[str, Any]:
    """Those of the workspace, by Client ID."""
    return {known.application_id or "": known for known in sandbox.admin.service_principals.list()}


class Story:
    """What a stack told, and what its workspace had, while several drifts befell it at once, each in an integration of its own."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self.hand = stack, Hand(stack.sandbox)
        self.runs: dict[str, Run] = {}
        self.bundles: dict[str, dict[str, dict[str, Any]]] = {}
        self.access = {"at first": access(stack.sandbox)}
        self.principals: dict[str, dict[str, Any]] = {}
        self.logged_in: set[str] = set()
        """The integrations whose bundle opened the workspace after the repair."""
        self.kept_previous = False
        """Whether a previous secret was there still, after the live one was replaced."""

    def take(self, when: str) -> None:
        """Writes down what there is now."""
        sandbox = self.stack.sandbox
        self.access[when], self.principals[when] = access(sandbox), principals(sandbox)
        self.bundles[when] = self.hand.bundles = self.stack.bundles()

    def client_id(self, when: str, integration: str) -> str:
        found: str = self.bundles[when][integration]["client_id"]
        return found

    def has_after(self, place: str, integration: str) -> str | None:
        """What an integration's Client ID of before, or the one that took its place, has in a place after the repair."""
        return self.access["after"][place].get(self.client_id("after", integration))

    def keeps(self, integration: str, *parts: str) -> bool:
        """Whether these parts of its bundle are the same after the repair."""
        before, after = self.bundles["before"][integration], self.bundles["after"][integration]
        return all(before[part] == after[part] for part in parts)

    def repaired(self) -> None:
        """What is there once all is well again."""
        self.take("after")
        self.runs["verify"] = self.stack.run("brickpass", "verify", "--stack", "test", "--json")
        self.logged_in = {
            name
            for name, bundle in self.bundles["after"].items()
            if self.stack.sandbox.login(bundle["client_id"], bundle["client_secret"]).status_code == 200
        }

    def destroyed(self, *options: str) -> None:
        self.runs["destroy"] = self.stack.pulumi("destroy", "--yes", "--skip-preview", *options)
        self.access["destroyed"], self.principals["destroyed"] = access(self.stack.sandbox), principals(self.stack.sandbox)

    def nothing_is_left_of(self, integration: str) -> bool:
        """No principal, no entry, no login; of those that it had in the end, and at the beginning."""
        bundles = [self.bundles[when][integration] for when in ("before", "after")]
        ids = {bundle["client_id"] for bundle in bundles}
        logins = {self.stack.sandbox.login(bundle["client_id"], bundle["client_secret"]).status_code for bundle in bundles}
        left = [*self.principals["destroyed"], *(who for entries in self.access["destroyed"].values() for who in entries)]
        return logins == {401} and not ids.intersection(left)


@pytest.fixture(scope="module")
def new_story(tmp_path_factory: pytest.TempPathFactory, _engine: Engine) -> Iterator[Callable[[], Story]]:
    """For several tests, since what befalls one of a stack's integrations is nothing to the others."""
    sandboxes = []

    def begin() -> Story:
        folder = tmp_path_factory.mktemp("drift")
        sandboxes.append(Sandbox(folder / "sandbox"))
        sandboxes[-1].start()
        stack = _engine.stack(folder / "project", sandboxes[-1])
        stack.environment.pop("BRICKPASS_NOW", None)
        return Story(stack)

    yield begin
    for sandbox in sandboxes:
        sandbox.stop()


@pytest.fixture(scope="module")
def deletions(new_story: Callable[[], Story]) -> Story:
    """A principal, an object and a secret are deleted, and a level is lowered; then repaired; then the same again, and destroyed."""
    story = new_story()
    stack, hand = story.stack, story.hand

    def by_hand() -> None:
        hand.delete_principal("principal")
        hand.delete_warehouse("doomed")
        hand.set_level("level", "CAN_ATTACH_TO")
        hand.delete_secrets("secret", hand.secrets("secret"))

    hand.make_warehouse("doomed")
    hand.make_warehouse("dropped")
    declared: dict[str, Any] = {
        "principal": {**ON_THE_WAREHOUSE, "groups": ["sandbox-pilots"]},
        "object": {**ON_THE_WAREHOUSE, "grants": {"warehouses": {"doomed": "CAN_USE", "bi-serverless": "CAN_USE"}}},
        "shrunk": {**ON_THE_WAREHOUSE, "grants": {"warehouses": {"dropped": "CAN_USE", "bi-serverless": "CAN_USE"}}},
        "level": ON_THE_CLUSTER,
        "secret": ON_THE_WAREHOUSE,
        "bystander": ON_THE_SCHEMA,
    }
    stack.declare(declared)
    stack.up()
    story.take("before")
    by_hand()
    hand.delete_warehouse("dropped")
    stack.declare({**declared, "shrunk": ON_THE_WAREHOUSE})
    story.runs["up"] = stack.try_up()
    story.runs["refresh"] = stack.refresh()
    story.runs["up after refresh"] = stack.try_up()
    hand.make_warehouse("doomed")
    story.runs["up with the object"] = stack.up()
    story.repaired()
    story.access["doomed"] = {"warehouse": stack.sandbox.direct_levels("sql/warehouses", stack.sandbox.warehouse("doomed"))}
    by_hand()
    story.destroyed()
    return story


def test_a_refresh_shows_a_principal_that_somebody_deleted(deletions: Story) -> None:
    """And all that went with it, by its name."""
    refresh = deletions.runs["refresh"]

    assert told_of(refresh, "databricks:index:ServicePrincipal", "principal") == "deleted"
    assert told_of(refresh, "brickpass:index:RotatingSecret", "principal") == "deleted"
    assert told_of(refresh, "brickpass:index:WorkspaceMembership", "principal") == "deleted"
    assert told_of(refresh, "brickpass:index:ObjectPermission", "principal-warehouses:bi-serverless") == "deleted"


def test_a_refresh_shows_an_object_that_somebody_deleted(deletions: Story) -> None:
    """By the grant that was on it; the integration's other grant is as it was."""
    refresh = deletions.runs["refresh"]

    assert told_of(refresh, "brickpass:index:ObjectPermission", "object-warehouses:doomed") == "deleted"
    assert told_of(refresh, "brickpass:index:ObjectPermission", "object-warehouses:bi-serverless") == ""


def test_a_refresh_shows_a_level_that_somebody_changed(deletions: Story) -> None:
    """By its grant, and that it is the level that differs."""
    told = told_of(deletions.runs["refresh"], "brickpass:index:ObjectPermission", "level-clusters:shared-analytics")

    assert told == "updated [diff: ~level]"


def test_a_refresh_shows_a_secret_that_somebody_deleted(deletions: Story) -> None:
    """Its principal is as it was."""
    refresh = deletions.runs["refresh"]

    assert told_of(refresh, "brickpass:index:RotatingSecret", "secret") == "deleted"
    assert told_of(refresh, "databricks:index:ServicePrincipal", "secret") == ""


def test_an_update_makes_another_principal_with_all_that_the_one_before_had(deletions: Story) -> None:
    """Under a new Client ID, which nothing can prevent: group, grant and secret follow, and nothing of the old one fails the run."""
    before, after = deletions.client_id("before", "principal"), deletions.client_id("after", "principal")

    assert before != after
    assert before not in deletions.principals["after"]
    assert "sandbox-pilots" in {group.display for group in deletions.principals["after"][after].groups}
    assert deletions.has_after("warehouse", "principal") == "CAN_USE"
    assert "principal" in deletions.logged_in


def test_an_update_names_the_object_that_is_gone_and_repairs_all_the_rest(deletions: Story) -> None:
    """With its place in the stack file, refreshed or not; only its integration is at fault, and that one's bundle stays."""
    for run in (deletions.runs["up"], deletions.runs["up after refresh"]):
        assert run.exit_code != 0
        assert re.search(
            r"Pulumi.test.yaml:\d+: integrations.object.grants.warehouses.doomed: there is no SQL warehouse \"doomed\"", run.text
        )
        assert "Traceback" not in run.text
    after_refresh = deletions.runs["up after refresh"]
    assert told_of(after_refresh, "databricks:index:ServicePrincipal", "principal") == "created"
    assert told_of(after_refresh, "brickpass:index:RotatingSecret", "secret") == "created"
    assert told_of(after_refresh, "brickpass:index:ObjectPermission", "level-clusters:shared-analytics") == "updated [diff: ~level]"
    assert deletions.keeps("object", "client_id", "secret_id")


def test_an_object_made_anew_under_the_same_name_gets_the_grant(deletions: Story) -> None:
    """It is another object, with another id, and the file names it as before."""
    told = told_of(deletions.runs["up with the object"], "brickpass:index:ObjectPermission", "object-warehouses:doomed")

    assert told == "created"
    assert deletions.access["doomed"]["warehouse"][deletions.client_id("after", "object")] == "CAN_USE"


def test_a_grant_on_an_object_that_is_gone_can_be_taken_out_of_the_file(deletions: Story) -> None:
    """Without a refresh: what there is to be taken away went with the object."""
    assert told_of(deletions.runs["up"], "brickpass:index:ObjectPermission", "shrunk-warehouses:dropped") == "deleted"
    assert told_of(deletions.runs["up"], "brickpass:index:Verification", "shrunk").startswith("updated")


def test_an_update_gives_the_level_back(deletions: Story) -> None:
    """And changes nothing else of that integration."""
    assert deletions.has_after("cluster", "level") == "CAN_RESTART"
    assert deletions.keeps("level", "client_id", "secret_id")


def test_an_update_makes_another_secret(deletions: Story) -> None:
    """For the same Client ID."""
    assert deletions.keeps("secret", "client_id")
    assert not deletions.keeps("secret", "secret_id")
    assert "secret" in deletions.logged_in


def test_after_the_repair_all_is_proven(deletions: Story) -> None:
    """`brickpass verify` finds nothing, and whom nothing befell kept all."""
    assert deletions.runs["verify"].exit_code == 0, deletions.runs["verify"].text
    assert deletions.logged_in == set(deletions.bundles["after"])
    assert deletions.keeps("bystander", "client_id", "secret_id")
    assert deletions.has_after("schema", "bystander") == deletions.access["before"]["schema"][deletions.client_id("before", "bystander")]


@pytest.mark.parametrize("integration", ["principal", "object", "level", "secret", "bystander"])
def test_a_destroy_succeeds_whatever_somebody_deleted(deletions: Story, integration: str) -> None:
    """Nothing of it is left, and everybody else has what they had before there was a stack."""
    assert deletions.runs["destroy"].exit_code == 0, deletions.runs["destroy"].text
    assert deletions.nothing_is_left_of(integration)
    assert deletions.access["destroyed"] == deletions.access["at first"]


@pytest.fixture(scope="module")
def changes(new_story: Callable[[], Story]) -> Story:
    """All else that people do by hand; repaired after a refresh, and the second time by `pulumi up --refresh`; the third time destroyed."""
    story = new_story()
    stack, hand = story.stack, story.hand

    def by_hand() -> None:
        hand.take_out_of_the_workspace("evicted")
        hand.change_principal("inactive", {"op": "replace", "path": "active", "value": [{"value": "false"}]})
        hand.change_principal("entitlement", {"op": "remove", "path": 'entitlements[value eq "databricks-sql-access"]'})
        hand.take_out_of_group("member", "sandbox-pilots")
        hand.set_level("raised", "CAN_MANAGE")
        hand.take_off_the_list("stripped")
        hand.change_privileges("privileges", add=["CREATE_TABLE"], remove=["SELECT"])
        hand.delete_secrets("previous", hand.secrets("previous") - hand.live_secret("previous"))
        hand.delete_secrets("live", hand.live_secret("live"))
        hand.delete_secrets("both", hand.secrets("both"))
        hand.delete_principal("adopted")

    stack.sandbox.newcomer("crm")
    stack.sandbox.newcomer("left")
    declared: dict[str, Any] = {
        "evicted": ON_THE_SCHEMA,
        "inactive": ON_THE_WAREHOUSE,
        "entitlement": ON_THE_WAREHOUSE,
        "member": {**ON_THE_WAREHOUSE, "groups": ["sandbox-pilots"]},
        "raised": ON_THE_CLUSTER,
        "stripped": ON_THE_CLUSTER,
        "privileges": ON_THE_SCHEMA,
        "previous": ON_THE_WAREHOUSE,
        "live": ON_THE_WAREHOUSE,
        "both": ON_THE_WAREHOUSE,
        "adopted": {**ON_THE_WAREHOUSE, "adopt": "crm"},
        "trimmed": {
            "entitlements": ["databricks-sql-access", "workspace-access"],
            "groups": ["sandbox-pilots"],
            "grants": {
                part: entries for each in (ON_THE_WAREHOUSE, ON_THE_CLUSTER, ON_THE_SCHEMA) for part, entries in each["grants"].items()
            },
        },
    }
    stack.declare({**declared, "left": {**ON_THE_WAREHOUSE, "adopt": "left"}})
    stack.up()
    first = stack.bundles()["live"]["secret_id"]
    declared |= {name: {**ON_THE_WAREHOUSE, "secret": {"generation": 2}} for name in ("previous", "live", "both")}
    stack.declare({**declared, "left": {**ON_THE_WAREHOUSE, "adopt": "left"}})
    stack.up()
    story.take("before")
    by_hand()
    hand.delete_principal("left")
    stack.declare(declared)
    story.runs["refresh"] = stack.refresh()
    story.runs["up without the adopted one"] = stack.try_up()
    stack.sandbox.newcomer("crm")
    story.runs["up"] = stack.up()
    story.repaired()
    story.kept_previous = first in hand.secrets("live")
    by_hand()
    stack.sandbox.newcomer("crm")
    stack.declare({**declared, "trimmed": ON_THE_WAREHOUSE})
    story.runs["up --refresh"] = stack.up("--refresh")
    story.runs["verify again"] = stack.run("brickpass", "verify", "--stack", "test", "--json")
    story.take("after")
    by_hand()
    story.destroyed("--refresh")
    return story


def test_a_principal_that_was_taken_out_of_the_workspace_is_made_anew(changes: Story) -> None:
    """Under a new Client ID; the secret of the one before is ended, and its privileges are taken away, where it lives on in the account."""
    sandbox = changes.stack.sandbox
    before = changes.bundles["before"]["evicted"]
    assert told_of(changes.runs["refresh"], "databricks:index:ServicePrincipal", "evicted") == "deleted"
    assert "evicted" in changes.logged_in
    assert not changes.keeps("evicted", "client_id")
    assert before["client_id"] not in changes.access["after"]["schema"]
    [outside] = sandbox.account.service_principals.list(filter=f'applicationId eq "{before["client_id"]}"')
    assert list(sandbox.admin.service_principal_secrets_proxy.list(outside.id or "")) == []


def test_a_principal_that_was_deactivated_is_active_again(changes: Story) -> None:
    """With the same bundle."""
    assert told_of(changes.runs["refresh"], "databricks:index:ServicePrincipal", "inactive") == "updated [diff: ~active]"
    assert "inactive" in changes.logged_in
    assert changes.keeps("inactive", "client_id", "secret_id")


def test_an_entitlement_that_was_taken_away_is_given_again(changes: Story) -> None:
    """The official provider does not see that, so the membership does."""
    assert told_of(changes.runs["refresh"], "brickpass:index:WorkspaceMembership", "entitlement") == "updated [diff: ~entitlements]"
    held = changes.principals["after"][changes.client_id("after", "entitlement")].entitlements
    assert [each.value for each in held or []] == ["databricks-sql-access"]


def test_a_member_that_was_taken_out_of_its_group_is_in_it_again(changes: Story) -> None:
    """With the same bundle."""
    assert told_of(changes.runs["refresh"], "brickpass:index:WorkspaceMembership", "member") == "updated [diff: ~groups]"
    groups = changes.principals["after"][changes.client_id("after", "member")].groups
    assert "sandbox-pilots" in {group.display for group in groups or []}
    assert changes.keeps("member", "client_id", "secret_id")


def test_a_level_that_was_raised_is_lowered_again(changes: Story) -> None:
    """What is declared is what an integration's own principal has, and no more."""
    told = told_of(changes.runs["refresh"], "brickpass:index:ObjectPermission", "raised-clusters:shared-analytics")
    assert told == "updated [diff: ~level]"
    assert changes.has_after("cluster", "raised") == "CAN_RESTART"


def test_an_entry_that_was_taken_off_the_list_is_put_on_it_again(changes: Story) -> None:
    """With the level that is declared."""
    told = told_of(changes.runs["refresh"], "brickpass:index:ObjectPermission", "stripped-clusters:shared-analytics")
    assert told == "deleted"
    assert changes.has_after("cluster", "stripped") == "CAN_RESTART"


def test_a_privilege_that_was_taken_away_is_given_again_and_one_that_was_added_stays(changes: Story) -> None:
    """Somebody gave it: it is neither ours to take away now, nor at the end."""
    told = told_of(changes.runs["refresh"], "brickpass:index:SecurableGrant", "privileges-schemas:main.surveys")
    assert told == "updated [diff: ~privileges]"
    assert changes.has_after("schema", "privileges") == "CREATE_TABLE MODIFY SELECT USE_SCHEMA"


def test_without_the_previous_secret_the_live_one_stays(changes: Story) -> None:
    """Nothing that is declared differs, so an update has nothing to do; the next rotation ends no secret that is gone."""
    assert told_of(changes.runs["refresh"], "brickpass:index:RotatingSecret", "previous") == ""
    assert told_of(changes.runs["up"], "brickpass:index:RotatingSecret", "previous") == ""
    assert changes.keeps("previous", "client_id", "secret_id")
    assert "previous" in changes.logged_in


def test_without_the_live_secret_another_is_made_and_the_previous_one_stays(changes: Story) -> None:
    """For the same Client ID: who still uses the one before is left in peace until its overlap is over."""
    assert told_of(changes.runs["refresh"], "brickpass:index:RotatingSecret", "live") == "updated [diff: ~secretId]"
    assert changes.keeps("live", "client_id")
    assert "live" in changes.logged_in
    assert changes.kept_previous


def test_without_both_secrets_another_is_made(changes: Story) -> None:
    """For the same Client ID."""
    assert told_of(changes.runs["refresh"], "brickpass:index:RotatingSecret", "both") == "deleted"
    assert changes.keeps("both", "client_id")
    assert "both" in changes.logged_in


def test_an_adopted_principal_that_was_deleted_is_named_and_followed_by_one_of_its_name(changes: Story) -> None:
    """Until there is one, only its integration fails; another that adopted one and is taken out of the file goes without a word."""
    told, missing = (
        changes.runs["up without the adopted one"],
        r'Pulumi.test.yaml:\d+: integrations.adopted.adopt: there is no service principal "crm"',
    )
    assert told.exit_code != 0
    assert re.search(missing, told.text)
    assert "integrations.left" not in told.text
    assert not changes.keeps("adopted", "client_id")
    assert changes.has_after("warehouse", "adopted") == "CAN_USE"
    assert "adopted" in changes.logged_in


def test_an_update_that_refreshes_repairs_all_of_it_in_one_run(changes: Story) -> None:
    """And what it repaired is proven."""
    assert changes.runs["verify"].exit_code == 0, changes.runs["verify"].text
    assert changes.runs["verify again"].exit_code == 0, changes.runs["verify again"].text
    assert changes.has_after("cluster", "raised") == changes.has_after("cluster", "stripped") == "CAN_RESTART"


@pytest.mark.parametrize("integration", ["evicted", "inactive", "member", "raised", "stripped", "previous", "live", "both", "adopted"])
def test_a_destroy_succeeds_whatever_somebody_changed(changes: Story, integration: str) -> None:
    """Nothing of it is left that the workspace could show."""
    assert changes.runs["destroy"].exit_code == 0, changes.runs["destroy"].text
    assert changes.nothing_is_left_of(integration)


def test_a_privilege_that_somebody_added_outlives_a_destroy(changes: Story) -> None:
    """All else on what the stack touched is as it was before there was a stack."""
    first, last = changes.access["at first"], changes.access["destroyed"]
    added = {changes.client_id("after", "privileges"): "CREATE_TABLE"}

    assert last == {**first, "schema": first["schema"] | added}


def test_what_is_dropped_is_taken_away_by_an_update_that_refreshes(changes: Story) -> None:
    """That the refresh found it as it was declared before keeps none of it."""
    client_id = changes.client_id("after", "trimmed")
    groups = changes.principals["after"][client_id].groups or []

    assert changes.has_after("warehouse", "trimmed") == "CAN_USE"
    assert changes.has_after("cluster", "trimmed") is None
    assert changes.has_after("schema", "trimmed") is None
    assert "sandbox-pilots" not in {group.display for group in groups}
