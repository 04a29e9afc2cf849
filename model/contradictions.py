"""What is wrong between the keys of a stack file, each of which may be right by itself."""

from collections.abc import Iterator, Mapping

from pydantic import ValidationError

from model.config import IntegrationConfig
from model.delivery import TARGET_KINDS, Address
from model.durations import duration, spelled
from model.explanation import Explanation
from model.presets import Presets
from model.yamltree import Path, Tree


def contradictions(integrations: Tree, presets: Presets | None, *, runs_every: Tree, in_account: bool) -> Iterator[Explanation]:
    """Each fault, by its path below `integrations`; without a word on presets where they could not be read."""
    if not isinstance(integrations, dict):
        return
    bodies = {name: body if isinstance(body, dict) else {} for name, body in integrations.items()}
    yield from _between_names(bodies)
    yield from _between_addresses(bodies)
    for name, body in bodies.items():
        for path, summary in _of_presets(body, presets) if presets else ():
            yield Explanation((name, *path), summary, at_key=False)
        for path, summary in (*_lone_secures(body), *_of_federation(body, in_account=in_account)):
            yield Explanation((name, *path), summary, at_key=True)
        for path, summary in _between_runs(body, runs_every):
            yield Explanation((name, *path), summary, at_key=False)


def _between_names(bodies: Mapping[str, dict[str, Tree]]) -> Iterator[Explanation]:
    successors: dict[str, str] = {}
    for name, body in bodies.items():
        was = body.get("was")
        if not isinstance(was, str):
            continue
        if was == name:
            problem = f'is "{was}", the name that the integration has; leave it out'
        elif was in bodies:
            problem = f'is "{was}", which is still in this file; when an integration is renamed, its former name goes'
        elif was in successors:
            problem = f'is "{was}", which "{successors[was]}" claims to have been; only one of them can keep the Client ID'
        else:
            successors[was] = name
            continue
        yield Explanation((name, "was"), problem, at_key=False)


def _between_addresses(bodies: Mapping[str, dict[str, Tree]]) -> Iterator[Explanation]:
    """Two bundles at one place would overwrite each other for ever; which of them a consumer reads there would be chance."""
    holders: dict[str, str] = {}
    for name, body in bodies.items():
        for index, address in _addresses(body):
            holder = holders.setdefault(address.place, name)
            if holder != name and not TARGET_KINDS[address.kind].shared:
                problem = f'is "{address}", where "{holder}" is delivered; each place has room for one of them'
                yield Explanation((name, "deliver", f"[{index}]"), problem, at_key=False)


def _addresses(body: dict[str, Tree]) -> Iterator[tuple[int, Address]]:
    """Those with which nothing else is wrong."""
    said = body.get("deliver")
    for index, text in enumerate(said if isinstance(said, list) else ()):
        try:
            yield index, Address.parse(str(text))
        except ValueError:
            continue


def _of_presets(body: dict[str, Tree], presets: Presets) -> Iterator[tuple[Path, str]]:
    if config := _part_of(body, "consumer", "preset", "targets"):
        yield from presets.faults(config)
    if config := _part_of(body, "consumer", "preset", "entitlements"):
        yield from presets.entitlement_faults(config)


def _part_of(body: dict[str, Tree], *keys: str) -> IntegrationConfig | None:
    """Some keys of an integration, if nothing is wrong with them: what is, is among the faults of the file itself."""
    try:
        return IntegrationConfig.model_validate({key: body[key] for key in keys if key in body})
    except ValidationError:
        return None


def _between_runs(body: dict[str, Tree], runs_every: Tree) -> Iterator[tuple[Path, str]]:
    config = None if "federation" in body else _part_of(body, "secret")
    try:
        between = duration(runs_every)
    except ValueError:
        return
    if config and config.secret.overlap < between:
        overlap, runs = spelled(config.secret.overlap), spelled(between)
        problem = (
            f"an overlap of {overlap} is shorter than the {runs} between runs (runs_every): a secret could end before the run "
            f"that replaces it; make it {runs} or more, or run more often"
        )
        yield ("secret", "overlap"), problem


def _of_federation(body: dict[str, Tree], *, in_account: bool) -> Iterator[tuple[Path, str]]:
    if "federation" not in body:
        return
    if not in_account:
        # (api-facts: 4.2)
        yield ("federation",), 'is the account\'s to know, and the stack names none; write "brickpass:account: {id: ...}" too'
    if "secret" in body:
        yield ("secret",), "is for what logs in by one, and what logs in by federation has none; leave one of the two out"
    if "deliver" in body:
        yield ("deliver",), "hands out a secret, and what logs in by federation has none; leave one of the two out"


def _lone_secures(body: dict[str, Tree]) -> Iterator[tuple[Path, str]]:
    # The engine would try to decrypt the level, and stop with "bad value".
    grants = body.get("grants")
    for kind, by_name in grants.items() if isinstance(grants, dict) else ():
        if isinstance(by_name, dict) and list(by_name) == ["secure"] and isinstance(level := by_name["secure"], str):
            problem = f'alone in its mapping is an encrypted value to Pulumi; write it as "secure: {{level: {level}}}"'
            yield ("grants", kind, "secure"), problem
