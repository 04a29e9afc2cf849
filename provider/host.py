"""The workspace's address: one stack belongs to one workspace, for good."""


def changed_host(old: object, new: str) -> str | None:
    """Why a stack whose provider was made with host `old` may not go on with `new`; None where it is the same."""
    if not isinstance(old, str) or _same(old) == _same(new):
        return None
    return (
        f"This stack belongs to {old}; its config now says {new}. Nothing was asked or changed. A stack stays with its workspace, "
        f"since what was made in the old one would be forgotten: put {old} back, or make a new stack for {new}. "
        "If nothing was deployed yet, `pulumi destroy` frees the stack."
    )


def _same(host: str) -> str:
    return host.rstrip("/").lower()
