"""The workspace's address, and its account's: one stack belongs to one workspace, for good."""

from collections.abc import Mapping


def changed_host(old: object, new: str) -> str | None:
    """Why a stack whose provider was made with host `old` may not go on with `new`; None where it is the same."""
    if not isinstance(old, str) or _same(old) == _same(new):
        return None
    return (
        f"This stack belongs to {old}; its config now says {new}. Nothing was asked or changed. A stack stays with its workspace, "
        f"since what was made in the old one would be forgotten: put {old} back, or make a new stack for {new}. "
        "If nothing was deployed yet, `pulumi destroy` frees the stack."
    )


def changed_account(old: Mapping[str, object], new: Mapping[str, object]) -> str | None:
    """Why a stack cannot go on with another account than its provider was made with, or with none; None where it is the same.

    A principal that an account's provider is to hold is another one than the workspace's provider made, with another Client ID.
    """
    before, after = old.get("accountId"), new.get("accountId")
    if not old.get("host") or before == after:
        return None
    was = f"was deployed with the account {before}" if before else "was deployed without an account"
    now = f"its config now says {after}" if after else "its config now names none"
    return (
        f"This stack {was}; {now}. Nothing was changed. Its service principals would all be made anew, with new Client IDs: put "
        "brickpass:account back as it was, or make a new stack. If nothing was deployed yet, `pulumi destroy` frees the stack."
    )


def trusted_hosts(inputs: Mapping[str, object]) -> tuple[str, ...]:
    """The hosts that get credentials though they are not Databricks' own, as the stack file names them."""
    named = inputs.get("trustedHosts")
    return tuple(map(str, named)) if isinstance(named, list) else ()


def _same(host: str) -> str:
    return host.rstrip("/").lower()
