"""The config language: every kind with its levels and privileges, and each key of an integration."""

from datetime import date, timedelta
from typing import Any

import pytest

from model.kinds import KINDS, OBJECT_KINDS, SECURABLE_KINDS, ObjectKind, SecurableKind
from model.nearest import nearest
from tests.unit.model.saying import TODAY, a_name_of, declared, faults, faults_of, granted, integration

LEVELS = [(kind, level) for kind in OBJECT_KINDS.values() for level in kind.grantable]
PRIVILEGES = [(kind, privilege) for kind in SECURABLE_KINDS.values() for privilege in kind.privileges]


@pytest.mark.parametrize(("kind", "level"), LEVELS, ids=lambda each: each if isinstance(each, str) else each.key)
def test_every_level_of_every_kind_of_object_can_be_declared(kind: ObjectKind, level: str) -> None:
    """By name and by id; and a word much like it is refused with the level that was meant."""
    name = a_name_of(kind.key)
    by_id = "id:tokens" if kind.key == "authorization" else "id:0923-164208-meows279"
    said = integration(f'{{grants: {{{kind.key}: {{"{name}": {level}, "{by_id}": {{level: {level}}}}}}}}}')

    assert granted(declared(**said.model_dump(exclude_unset=True))) == {(kind.key, name): level, (kind.key, by_id): level}
    [fault] = faults_of(f'{{grants: {{{kind.key}: {{"{name}": {level}S}}}}}}')
    assert fault.startswith(f'grants.{kind.key}.{name}: "{level}S" is not a level of {kind.a_noun}. {kind.A_noun} has ')
    assert fault.endswith(f'; did you mean "{nearest(level + "S", kind.grantable)}"?')


@pytest.mark.parametrize(("kind", "privilege"), PRIVILEGES, ids=lambda each: each if isinstance(each, str) else each.key)
def test_every_privilege_of_every_kind_of_securable_can_be_declared(kind: SecurableKind, privilege: str) -> None:
    """By full name; and a word much like it is refused with the privilege that was meant."""
    name = a_name_of(kind.key)
    said = integration(f"{{grants: {{{kind.key}: {{{name}: [{privilege}]}}}}}}")

    assert privilege in granted(declared(**said.model_dump(exclude_unset=True)))[kind.key, name]
    [fault] = faults_of(f"{{grants: {{{kind.key}: {{{name}: [{privilege}S]}}}}}}")
    assert fault.startswith(f'grants.{kind.key}.{name}[0]: "{privilege}S" is not a privilege of {kind.a_noun}. {kind.A_noun} has ')
    assert fault.endswith(f'; did you mean "{nearest(privilege + "S", kind.privileges)}"?')


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_a_target(kind: str) -> None:
    """Whether a preset needs targets of that kind is another question, asked with the preset at hand."""
    [fault] = (
        faults_of(f'{{preset: cluster-user, targets: {{clusters: [shared], {kind}: ["{a_name_of(kind)}"]}}}}')
        if kind != "clusters"
        else [""]
    )

    assert fault in ("", f"targets.{kind}: preset cluster-user grants nothing on {kind}; leave it out, or write it below grants")


@pytest.mark.parametrize("kind", [kind for kind in OBJECT_KINDS.values() if kind.has_owner], ids=lambda kind: kind.key)
def test_an_owner_says_who_is_the_next_one(kind: ObjectKind) -> None:
    """A user, or a service principal by its Client ID; without one, or beside another level, it is a fault."""
    client_id = "5BD71BC8-7f2e-4a0c-9d61-0f4d8e1b2a37"
    said = integration(
        f"{{grants: {{{kind.key}: {{a: {{level: IS_OWNER, next_owner: ann.lee@acme.example}},"
        f' b: {{level: IS_OWNER, next_owner: "id: {client_id}"}}}}}}}}'
    )

    owners = {grant.path[-1]: getattr(grant, "next_owner", None) for grant in declared(**said.model_dump(exclude_unset=True)).grants}
    assert owners == {"a": "ann.lee@acme.example", "b": f"id:{client_id.lower()}"}
    [plain] = faults_of(f"{{grants: {{{kind.key}: {{a: IS_OWNER}}}}}}")
    assert plain.endswith("write it as {level: IS_OWNER, next_owner: ann.lee@acme.example}")
    assert faults_of(f"{{grants: {{{kind.key}: {{a: {{level: IS_OWNER}}}}}}}}") == [
        f"grants.{kind.key}.a: has IS_OWNER, so next_owner stands beside it: who owns it afterwards, such as ann.lee@acme.example"
    ]
    assert faults_of(f"{{grants: {{{kind.key}: {{a: {{level: CAN_MANAGE, next_owner: ann.lee@acme.example}}}}}}}}") == [
        f"grants.{kind.key}.a: has next_owner, which is for IS_OWNER alone, beside CAN_MANAGE; leave it out"
    ]


@pytest.mark.parametrize("kind", [kind for kind in OBJECT_KINDS.values() if not kind.has_owner], ids=lambda kind: kind.key)
def test_what_has_no_owner_has_no_next_one(kind: ObjectKind) -> None:
    """Neither the level nor the key is known there."""
    name = a_name_of(kind.key)
    [level] = faults_of(f'{{grants: {{{kind.key}: {{"{name}": IS_OWNER}}}}}}')
    [key] = faults_of(f'{{grants: {{{kind.key}: {{"{name}": {{level: {kind.levels[0]}, next_owner: a@b.example}}}}}}}}')

    assert f'"IS_OWNER" is not a level of {kind.a_noun}' in level
    assert f'"next_owner" is not a part of a grant on {kind.a_noun}' in key


@pytest.mark.parametrize("wrong", ["data-platform", "id:", "id:data-platform", "ann lee@acme.example", "ann@acme", " "])
def test_a_next_owner_is_a_user_or_a_service_principal(wrong: str) -> None:
    """A group, or a name that people see, is neither."""
    [fault] = faults_of(f'{{grants: {{jobs: {{a: {{level: IS_OWNER, next_owner: "{wrong}"}}}}}}}}')

    assert fault.startswith(f'grants.jobs.a.next_owner: "{wrong}" is neither a user\'s address nor id: and')


def test_passwords_have_fewer_levels_than_tokens() -> None:
    """Both are login methods, of which only tokens can be managed."""
    assert (
        integration("{grants: {authorization: {tokens: CAN_MANAGE, passwords: CAN_USE}}}").grants["authorization"]["tokens"] == "CAN_MANAGE"
    )
    assert faults_of("{grants: {authorization: {passwords: CAN_MANAGE}}}") == [
        'grants.authorization: has "CAN_MANAGE" on "passwords", which only has CAN_USE'
    ]
    assert faults_of("{grants: {authorization: {token: CAN_USE}}}") == [
        'grants.authorization.token: "token" is not a login method. There are tokens, passwords; did you mean "tokens"?'
    ]


@pytest.mark.parametrize("kind", ["notebooks", "directories", "files", "repos", "experiments"])
def test_what_lies_in_the_workspaces_tree_is_named_by_its_path(kind: str) -> None:
    """From the root on, or by its id."""
    assert integration(f'{{grants: {{{kind}: {{/Shared/a: CAN_READ, "id:12": CAN_EDIT}}}}}}').grants[kind]
    assert faults_of(f"{{grants: {{{kind}: {{Shared/a: CAN_READ}}}}}}") == [
        f'grants.{kind}.Shared/a: "Shared/a" is not a path; write it from the root on, such as /Shared/a'
    ]


@pytest.mark.parametrize("spelled", ["2027-03-31", '"2027-03-31"', "2027-03-31 00:00:00 +0000 UTC", "'2027-03-31 00:00:00 +0000 UTC'"])
def test_a_last_day_is_read_in_pulumis_spelling_too(spelled: str) -> None:
    """The engine writes an unquoted date back with a time and two zones."""
    assert integration(f"{{until: {spelled}}}").until == date(2027, 3, 31)


@pytest.mark.parametrize("wrong", ["31.03.2027", "2027-3-31", "20270331", "2027-W13-3", "tomorrow", "2027-03-31T00:00:00Z"])
def test_a_last_day_that_is_none_is_refused(wrong: str) -> None:
    """With the one way to write it."""
    [fault] = faults_of(f"{{until: {wrong}}}")

    assert fault.endswith("is no day; write it as 2027-03-31")


@pytest.mark.parametrize("wrong", ["2027-02-30", "2027-13-01", "0000-01-01", "2027-02-30 00:00:00 +0000 UTC"])
def test_a_day_that_no_calendar_has_is_not_answered_with_another(wrong: str) -> None:
    """Which one was meant only its writer knows, and one that is named might be copied."""
    assert faults_of(f"{{until: '{wrong}'}}") == [f'until: "{wrong[:10]}" is a day that the calendar does not have']


def test_a_grant_holds_on_its_last_day_and_not_on_the_next() -> None:
    """Days are those of UTC; the ending is told before and after."""
    grants = {
        "jobs": {"nightly": {"level": "CAN_VIEW", "until": TODAY}, "hourly": "CAN_VIEW"},
        "schemas": {"main.surveys": {"privileges": ["SELECT"], "until": TODAY}},
    }

    last_day = declared(grants=grants)
    after = declared(grants=grants, today=TODAY + timedelta(days=1))

    assert ("jobs", "nightly") in granted(last_day)
    assert granted(after) == {("jobs", "hourly"): "CAN_VIEW"}
    paths = [("grants", "jobs", "nightly"), ("grants", "schemas", "main.surveys")]
    assert [(ending.path, ending.until, ending.over) for ending in last_day.endings] == [(path, TODAY, False) for path in paths]
    assert [ending.over for ending in after.endings] == [True, True]
    assert not after.ended


def test_an_integration_holds_on_its_last_day_and_not_on_the_next() -> None:
    """Afterwards nothing of it is left: no grant, no entitlement, no group, no role."""
    said: dict[str, Any] = {
        "until": TODAY,
        "entitlements": ["workspace-access"],
        "groups": ["analytics"],
        "role": "ADMIN",
        "preset": "sql-reader",
        "targets": {"warehouses": ["bi"], "schemas": ["a.b"]},
        "grants": {"jobs": {"nightly": "CAN_VIEW"}},
    }

    last_day = declared(**said)
    after = declared(today=TODAY + timedelta(days=1), **said)

    assert not last_day.ended
    assert len(last_day.grants) == 4
    assert last_day.entitlements == ("workspace-access", "databricks-sql-access")
    assert after.ended
    assert (after.grants, after.entitlements, after.groups, after.role) == ((), (), (), None)


@pytest.mark.parametrize(
    ("said", "adopted"),
    [
        ("survey-loader", "survey-loader"),
        ("id:5BD71BC8-7f2e-4a0c-9d61-0f4d8e1b2a37", "id:5bd71bc8-7f2e-4a0c-9d61-0f4d8e1b2a37"),
        ("'id: 5bd71bc8-7f2e-4a0c-9d61-0f4d8e1b2a37'", "id:5bd71bc8-7f2e-4a0c-9d61-0f4d8e1b2a37"),
    ],
)
def test_a_principal_is_adopted_by_name_or_by_application_id(said: str, adopted: str) -> None:
    """The id in the one spelling that Databricks has."""
    assert integration(f"{{adopt: {said}}}").adopt == adopted


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("{adopt: 'id:123'}", 'adopt: "id:123" has no application id behind id:; that is the Client ID, such as '),
        ("{adopt: 'id:{5bd71bc8-7f2e-4a0c-9d61-0f4d8e1b2a37}'}", 'adopt: "id:{5bd71bc8-'),
        ("{adopt: '  '}", "adopt: is empty; say it, or leave the key out"),
        ("{groups: [admins]}", 'groups[0]: makes it a workspace admin; write "role: ADMIN" instead'),
        ("{groups: [users]}", "groups[0]: holds every principal of the workspace anyway; leave it out"),
        ("{groups: [a, a]}", "groups: names a twice"),
        ("{groups: a}", 'groups: is "a", but should be a list in brackets, such as [a]'),
        (
            "{adopt: 5bd71bc8-7f2e-4a0c-9d61-0f4d8e1b2a37}",
            'adopt: "5bd71bc8-7f2e-4a0c-9d61-0f4d8e1b2a37" is an id; did you mean "id:5bd71bc8',
        ),
        ("{adopt: anna@acme.example}", 'adopt: "anna@acme.example" is a person; what is adopted is a service principal, by its name or'),
        ("{role: OWNER}", 'role: is "OWNER", but should be USER or ADMIN'),
        ("{role: admin}", 'role: is "admin", but should be USER or ADMIN'),
        ("{secret: {generation: 01}}", 'secret.generation: "01" is not a whole number from 1 on'),
        ("{grants: {jobs: {secure: CAN_VIEW}}}", "grants.jobs.secure: alone in its mapping is an encrypted value to Pulumi"),
    ],
)
def test_what_a_key_may_not_say_is_refused(said: str, fault: str) -> None:
    """With the way out, at its place."""
    [found] = faults_of(said)

    assert found.startswith(fault)


@pytest.mark.parametrize(
    "key", ["purpose", "owner", "adopt", "consumer", "preset", "targets", "role", "entitlements", "groups", "secret", "grants"]
)
@pytest.mark.parametrize("nothing", ["", "~", "null"])
def test_a_key_with_nothing_behind_it_is_not_taken_for_one_left_out(key: str, nothing: str) -> None:
    """Somebody meant something by it."""
    [fault] = faults_of(f"{{{key}: {nothing}}}")

    assert fault.startswith(f"{key}: is empty")


@pytest.mark.parametrize("key", ["until", "was", "retire", "verify"])
def test_an_empty_key_that_would_widen_access_is_refused(key: str) -> None:
    """An `until` without a day would else be access without an end."""
    assert faults_of(f"{{{key}: }}") == [f"{key}: is empty; say it, or leave the key out"]


@pytest.mark.parametrize(
    ("account", "fault"),
    [
        ("{}", "account.id: is missing; write the account's id, which its console shows"),
        ("{id: 12}", 'account.id: "12" is no account id; the account console shows it, such as '),
        ("{id: 8c1f0f4e-5b1d-4f0e-9a63-2d7c5f8e1b42, host: http://a.b}", 'account.host: "http://a.b" would send secrets unencrypted'),
        (
            "{id: 8c1f0f4e-5b1d-4f0e-9a63-2d7c5f8e1b42, hots: a}",
            'account.hots: "hots" is not a key of account. There are id, host; did you mean "host"?',
        ),
        ("", "account: is empty; say it, or leave the key out"),
    ],
)
def test_an_account_is_named_by_its_id(account: str, fault: str) -> None:
    """And by the address of its console, where that is another."""
    [found] = faults(f"config: {{brickpass:integrations: {{}}, brickpass:account: {account}}}")

    assert found.partition(": ")[2].startswith(fault)
