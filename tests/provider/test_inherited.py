"""What an object inherits is never written back as its own."""

from typing import Any

from model.kinds import OBJECT_KINDS, ObjectKind
from provider.object_permission import PermissionInputs
from tests.examples import named_once
from tests.harness import Newcomer, Sandbox
from tests.provider.conftest import Drive, Provider

GUARDED = [kind for kind in OBJECT_KINDS.values() if kind.guarded_by == "permissions"]
IN_DIRECTORIES = {
    "notebooks",
    "directories",
    "files",
    "repos",
    "experiments",
    "dashboards",
    "queries",
    "alerts",
    "legacy_alerts",
    "genie_spaces",
}


def inherited(access_list: dict[str, Any]) -> set[tuple[str, str]]:
    """From what, and whose."""
    return {
        (source, str({key: name for key, name in entry.items() if key.endswith("_name") and key != "display_name"}))
        for entry in access_list["access_control_list"]
        for held in entry["all_permissions"]
        for source in held.get("inherited_from_object", ())
    }


def one_of(sandbox: Sandbox, kind: ObjectKind) -> tuple[str, dict[str, Any]]:
    """An object of the kind, of those that inherit most, and its access list."""
    lists = [(each.id, sandbox.http.get(kind.access_list(each.id)).json()) for each in named_once(sandbox, kind)[:8]]
    return max(lists, key=lambda each: len(inherited(each[1])))


def test_a_grant_and_its_removal_leave_what_is_inherited_as_it_was(sandbox: Sandbox, newcomer: Newcomer, drive: Drive) -> None:
    """On every kind of object: of a principal that inherits a level and has one of its own, too, only its own is put back."""
    before = {kind.key: one_of(sandbox, kind) for kind in GUARDED}

    async def there_and_back(provider: Provider) -> None:
        for kind in GUARDED:
            object_id, _ = before[kind.key]
            known = {"integration": "alchemer", "kind": kind.key, "object_id": object_id, "object_name": object_id}
            level = kind.grantable_on(object_id)[0]
            wanted = PermissionInputs.model_validate(known | {"principal": newcomer.application_id, "level": level})
            created = await provider.object_permission.create(wanted, urn="alchemer")
            await provider.object_permission.delete(created.id, created.state, urn="alchemer")

    drive(there_and_back)

    assert {asked.split()[0] for asked in drive.asked()} == {"PATCH", "GET", "PUT"}
    after = {kind.key: (before[kind.key][0], sandbox.http.get(kind.access_list(before[kind.key][0])).json()) for kind in GUARDED}
    assert after == before
    from_directories = {
        key for key, (_, found) in before.items() if any(source.startswith("/directories/") for source, _ in inherited(found))
    }
    assert from_directories >= IN_DIRECTORIES
