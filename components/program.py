"""The program: the stack's config in, its integrations, and their bundles out."""

import asyncio
import os
import signal
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pulumi

from components.announcements import announce, is_gone
from components.host import Workspace, account_of, host_of
from components.preflight import Answer, Finding, preflight
from components.resources import BrickpassProvider
from model.clock import now
from model.declaration import Declaration, declarations
from model.faults import BrickpassError, ConfigFault, ConfigFaults
from model.stackfile import StackFile

if TYPE_CHECKING:
    from components.integration import Integration

_NOTHING_CHANGED = "Nothing was changed."


async def deploy() -> None:
    """Raises: RunError, with one line for each fault; the engine prints that without a traceback."""
    _end_quietly_when_interrupted()
    _keep_secrets_out_of_the_log()
    try:
        file = StackFile.read(Path("stacks", f"Pulumi.{pulumi.get_stack()}.yaml"))
        config = file.config()
        declared = declarations(config, file.presets, now().date())
        host = host_of(file, config.trusted_hosts)
        account = account_of(config, file, host)
        brickpass = BrickpassProvider("brickpass", host=host, account=account, trusted_hosts=config.trusted_hosts)
        # The official provider's modules take a second to load: as long as the workspace takes to answer.
        answer, _ = await asyncio.gather(preflight(declared, brickpass), asyncio.to_thread(import_module, "components.integration"))
    except BrickpassError as error:
        raise pulumi.RunError(f"{error}\n{_NOTHING_CHANGED}") from None
    _say_faults(file, declared, answer)
    announce(file, declared, answer)

    from components.databricks import Provider  # noqa: PLC0415 - loaded above
    from components.integration import Integration  # noqa: PLC0415 - loaded above
    from components.principal import Providers  # noqa: PLC0415 - loaded above

    after = pulumi.ResourceOptions(depends_on=[brickpass])
    databricks = Providers(
        workspace=Provider("databricks", host=host, opts=after),
        account=Provider("databricks-account", host=account.host, account_id=account.id, opts=after) if account else None,
    )
    integrations = {
        name: Integration(
            name,
            integration,
            answer,
            workspace=Workspace(host, account.id if account else None),
            protect=config.protect,
            runs_every=config.runs_every,
            providers=databricks,
            opts=pulumi.ResourceOptions(providers=[brickpass, databricks.workspace]),
        )
        for name, integration in declared.items()
        if not is_gone(name, integration, answer)
    }
    pulumi.export("bundles", _bundles(integrations))


def _keep_secrets_out_of_the_log() -> None:
    # Pulumi's SDK writes the stack's outputs in clear to the debug log, which --debug and --json print.
    setattr(pulumi.log, "debug", lambda *_, **__: None)  # noqa: B010 - its type forbids another function


def _end_quietly_when_interrupted() -> None:
    # The engine interrupts the program when a resource fails. Python would print a long traceback above the real error.
    signal.signal(signal.SIGINT, lambda *_: os._exit(1))


def _say_faults(file: StackFile, stack: Mapping[str, Declaration], answer: Answer) -> None:
    """In a preview all that is wrong is said at once, and is its end; an update goes on, and only what is at fault fails.

    Where the identity may grant nothing at all, it is taken for one that may only read (a pull request's), and that is a warning.
    """
    declared = {(name, grant.path) for name, integration in stack.items() for grant in integration.grants}
    lacking = {(finding.integration, finding.path) for finding in answer.findings if finding.weight in ("rights", "hint")}
    tolerated = ("hint", "notice", *(("rights",) if declared <= lacking else ()))
    preview = pulumi.runtime.is_dry_run()
    ends = [each for each in answer.findings if each.weight == "fatal" or (preview and each.weight not in tolerated)]
    for finding in answer.findings:
        if finding not in ends and (preview or finding.weight == "fault"):
            pulumi.log.warn(str(_placed(file, stack, finding)))
    if ends:
        raise pulumi.RunError(f"{ConfigFaults(_placed(file, stack, finding) for finding in ends)}\n{_NOTHING_CHANGED}")


def _placed(file: StackFile, stack: Mapping[str, Declaration], finding: Finding) -> ConfigFault:
    if not finding.integration:
        return ConfigFault(file.place(finding.path), finding.summary)
    place = file.place(("integrations", finding.integration, *finding.path))
    grants = stack[finding.integration].grants if finding.path[:1] in (("consumer",), ("preset",)) else ()
    # Nobody wrote the name of what a preset grants on by itself, so the summary alone would seem to come from nowhere.
    source = next((grant.source for grant in grants if grant.path == finding.path), None)
    return ConfigFault(place, f"asked for by {source}: {finding.summary}" if source else finding.summary)


def _bundles(integrations: "dict[str, Integration]") -> pulumi.Output[dict[str, object]]:
    each: dict[str, Any] = {name: integration.bundle for name, integration in integrations.items()}
    made = pulumi.Output.from_input(each).apply(lambda known: {name: bundle for name, bundle in known.items() if bundle})
    return pulumi.Output.secret(made)
