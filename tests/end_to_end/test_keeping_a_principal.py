"""A new principal is a new Client ID at the vendor: a stack file edited by mistake must not cost it."""

from tests.end_to_end.harness import ALCHEMER, Stack


def test_a_renamed_integration_keeps_its_client_id_and_its_secret(stack: Stack) -> None:
    """With `was`, nothing is made anew and nothing is deleted; the external id follows, and so does what is delivered."""
    delivered = {**ALCHEMER, "deliver": ["secret-scope:cx-vendors"]}
    stack.declare({"alchemer": delivered})
    stack.up()
    before = stack.bundles()["alchemer"]

    stack.declare({"survey-loader": {**delivered, "was": "alchemer"}})
    renamed = stack.up()

    after = stack.bundles()["survey-loader"]
    assert "create" not in renamed.changes()
    assert "delete" not in renamed.changes()
    assert (after["client_id"], after["secret_id"]) == (before["client_id"], before["secret_id"])
    [principal] = stack.sandbox.admin.service_principals.list(filter=f'applicationId eq "{after["client_id"]}"')
    assert (principal.display_name, principal.external_id) == ("survey-loader", "brickpass:brickpass/test/survey-loader")
    keys = {secret.key for secret in stack.sandbox.admin.secrets.list_secrets("cx-vendors")}
    assert {"alchemer-client-secret", "survey-loader-client-secret"} <= keys
    assert "let its consumer read survey-loader-client-id, survey-loader-client-secret" in renamed.text
    assert set(stack.up().changes()) == {"unchanged"}


def test_a_dropped_integration_is_kept_where_the_stack_protects(stack: Stack) -> None:
    """A key that falls out of the file is an error; principal, secret and grants stay and work."""
    stack.declare({"alchemer": ALCHEMER}, protect=True)
    stack.up()
    before = stack.bundles()["alchemer"]
    levels = stack.sandbox.direct_levels("clusters", stack.sandbox.cluster())

    stack.declare({}, protect=True)
    preview, refused = stack.preview(), stack.try_up()

    assert preview.exit_code != 0
    assert refused.exit_code != 0
    assert "protected" in refused.text
    assert stack.sandbox.login(before["client_id"], before["client_secret"]).status_code == 200
    assert stack.sandbox.direct_levels("clusters", stack.sandbox.cluster()) == levels


def test_an_integration_is_retired_in_two_steps(stack: Stack) -> None:
    """`retire: true` first, then the key may go; after that nothing of it is left."""
    stack.declare({"alchemer": ALCHEMER}, protect=True)
    stack.up()
    bundle = stack.bundles()["alchemer"]

    stack.declare({"alchemer": {**ALCHEMER, "retire": True}}, protect=True)
    stack.up()
    stack.declare({}, protect=True)
    stack.up()

    assert stack.sandbox.login(bundle["client_id"], bundle["client_secret"]).status_code == 401
    assert bundle["client_id"] not in stack.sandbox.direct_levels("clusters", stack.sandbox.cluster())


def test_a_protected_integration_heals_after_somebody_deleted_its_principal(stack: Stack) -> None:
    """A refresh sees that it is gone; one `pulumi up` makes another, with its own secret and grants, and nothing stays half replaced."""
    stack.declare({"alchemer": ALCHEMER}, protect=True)
    stack.up()
    lost = stack.bundles()["alchemer"]["client_id"]
    [principal] = stack.sandbox.admin.service_principals.list(filter=f'applicationId eq "{lost}"')
    stack.sandbox.admin.service_principals.delete(principal.id or "")

    stack.refresh()
    stack.up()

    assert stack.bundles()["alchemer"]["client_id"] != lost
    assert stack.logs_in("alchemer")
    assert set(stack.up().changes()) == {"unchanged"}


def test_a_protected_stack_is_not_destroyed_by_mistake(stack: Stack) -> None:
    """The sentence says what to do first; what was granted works on."""
    stack.declare({"alchemer": ALCHEMER}, protect=True)
    stack.up()
    bundle = stack.bundles()["alchemer"]

    for option in ([], ["--run-program"]):
        refused = stack.pulumi("destroy", "--yes", "--skip-preview", *option)
        assert refused.exit_code != 0

    assert "To destroy it, say `brickpass:protect: false` and `pulumi up` first." in refused.text
    assert stack.sandbox.login(bundle["client_id"], bundle["client_secret"]).status_code == 200
    assert stack.sandbox.direct_levels("clusters", stack.sandbox.cluster())[bundle["client_id"]] == "CAN_RESTART"
