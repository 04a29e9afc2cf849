"""Access that is declared until a day, seen from that day, from the next, and from before."""

from typing import Any

from tests.end_to_end.harness import ALCHEMER, Stack

LAST_DAY, AFTER, BEFORE = "2027-03-31T23:00:00Z", "2027-04-01T00:30:00Z", "2027-03-20T12:00:00Z"
TIMED: dict[str, Any] = {
    **ALCHEMER,
    "grants": {**ALCHEMER["grants"], "clusters": {"shared-analytics": {"level": "CAN_RESTART", "until": "2027-03-31"}}},
}


def at(stack: Stack, now: str) -> dict[str, str]:
    """One time for the sandbox and for the run, with a login of that time."""
    stack.sandbox.set_clock(now)
    stack.sandbox.renew()
    return {"BRICKPASS_NOW": now}


def test_a_grant_ends_after_its_last_day(stack: Stack) -> None:
    """It holds through that day; a preview says so beforehand; the next run takes just that one away."""
    sandbox = stack.sandbox
    stack.declare({"alchemer": TIMED})
    before = at(stack, BEFORE)
    preview = stack.preview(**before)
    stack.up(**before)
    client_id = stack.bundles()["alchemer"]["client_id"]
    stack.up(**at(stack, LAST_DAY))
    on_the_last_day = sandbox.direct_levels("clusters", sandbox.cluster()).get(client_id)

    ended = stack.up(**at(stack, AFTER))

    assert "shared-analytics.until: holds up to and including 2027-03-31" in preview.text
    assert on_the_last_day == "CAN_RESTART"
    assert "shared-analytics.until: was over on 2027-03-31, so it is taken away" in ended.text
    assert client_id not in sandbox.direct_levels("clusters", sandbox.cluster())
    assert sandbox.direct_levels("sql/warehouses", sandbox.warehouse())[client_id] == "CAN_USE"
    assert stack.logs_in("alchemer")


def test_an_integration_ends_after_its_last_day(stack: Stack) -> None:
    """It loses its secret, its access and its login; what else the stack holds goes on, and `verify` counts it as no failure."""
    sandbox = stack.sandbox
    stack.declare({"alchemer": {**ALCHEMER, "until": "2027-03-31"}, "census": {"grants": {}}})
    stack.up(**at(stack, LAST_DAY))
    bundle = stack.bundles()["alchemer"]

    preview = stack.preview(**at(stack, AFTER))
    stack.up(**at(stack, AFTER))
    verified = stack.run("brickpass", "verify", **at(stack, AFTER))
    [kept] = sandbox.admin.service_principals.list(filter=f'applicationId eq "{bundle["client_id"]}"')

    assert "integrations.alchemer.until: was over on 2027-03-31" in preview.text
    assert set(stack.bundles()) == {"census"}
    assert not kept.active
    assert bundle["client_id"] not in sandbox.direct_levels("sql/warehouses", sandbox.warehouse())
    assert not list(sandbox.admin.service_principal_secrets_proxy.list(kept.id or ""))
    assert sandbox.login(bundle["client_id"], bundle["client_secret"]).status_code == 401
    assert verified.exit_code == 0, verified.text
    assert "was over on 2027-03-31" in verified.text


def test_an_ended_integration_is_prolonged_or_taken_out(stack: Stack) -> None:
    """Prolonged a day late it has the same Client ID; a protected one leaves by `retire: true`, and then nothing of it is left."""
    sandbox = stack.sandbox
    over = {**ALCHEMER, "until": "2027-03-31"}
    stack.declare({"alchemer": over}, protect=True)
    stack.up(**at(stack, LAST_DAY))
    bundle = stack.bundles()["alchemer"]
    stack.up(**at(stack, AFTER))

    stack.declare({"alchemer": {**over, "until": "2027-06-30"}}, protect=True)
    stack.up(**at(stack, AFTER))
    prolonged = stack.bundles()["alchemer"]
    works = stack.logs_in("alchemer")
    for declared in ({"alchemer": over}, {"alchemer": {**over, "retire": True}}, {}):
        stack.declare(declared, protect=True)
        stack.up(**at(stack, AFTER))

    assert prolonged["client_id"] == bundle["client_id"]
    assert works
    assert not list(sandbox.admin.service_principals.list(filter=f'applicationId eq "{bundle["client_id"]}"'))


def test_one_that_was_over_before_it_came_is_not_made(stack: Stack) -> None:
    """A day in the past, by a typing error, makes nothing; the preview says so."""
    stack.declare({"alchemer": {**ALCHEMER, "until": "2020-03-31"}})

    preview, done = stack.preview(), stack.up()

    assert "was over on 2020-03-31, so nothing of it is left" in preview.text
    assert stack.bundles() == {}
    assert "ServicePrincipal" not in done.text
