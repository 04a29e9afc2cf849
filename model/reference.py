"""`stacks/README.md`: the config language. Its prose is in reference.md, its tables are made from what reads a stack file."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from string import Template

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from model import grantable
from model.config import AccountConfig, IntegrationConfig, StackConfig, Value
from model.delivery import TARGET_KINDS, TargetKind
from model.durations import spelled
from model.form import FIELDS
from model.kinds import ENTITLEMENTS, OBJECT_KINDS, OWNER, SECURABLE_KINDS, ObjectKind, SecurableKind
from model.presets import Consumer, Needs, Presets
from model.schedule import SecretSchedule
from model.workloads import WORKLOADS, Workload

PROSE = Path(__file__).with_name("reference.md")
_PLAIN = re.compile(r"[A-Za-z0-9_./@-][A-Za-z0-9_./@ -]*")
_USED_FOR = {
    "allow-cluster-create": "to make clusters",
    "allow-instance-pool-create": "to make instance pools",
    "databricks-sql-access": "SQL warehouses, and what stands on them",
    "workspace-access": "clusters, jobs, notebooks and all else of the workspace",
    "workspace-consume": "only to look at dashboards, Genie spaces and apps",
}


def reference() -> str:
    """The page as Markdown."""
    presets = Presets.shipped()
    usable = {name: consumer for name, consumer in presets.consumers.items() if not consumer.refused}
    refused = {name: consumer for name, consumer in presets.consumers.items() if consumer.refused}
    return Template(PROSE.read_text(encoding="utf-8")).substitute(
        config_keys=_keys(StackConfig, prefix="brickpass:"),
        account_keys=_keys(AccountConfig),
        integration_keys=_keys(IntegrationConfig),
        workload_keys=_table(("key", "such as", "default", "what it says"), _workload_keys()),
        tokens=_table(("workload", "issuer", "subject", "login"), _tokens()),
        secret_keys=_keys(SecretSchedule),
        targets=_table(("place", "written", "such as"), map(_target, TARGET_KINDS.values())),
        entitlements=_table(("entitlement", "for"), ((f"`{each}`", _USED_FOR[each]) for each in ENTITLEMENTS)),
        objects=_table(("key", "what", "named", "levels", "entitlement"), map(_object, OBJECT_KINDS.values())),
        securables=_table(("key", "what", "named", "privileges", "implied on the same one"), map(_securable, SECURABLE_KINDS.values())),
        form_fields=_table(("field", "what it is"), ((f"`{name}`", about) for name, about in FIELDS.items())),
        presets=_table(("preset", "for whom", "entitlements", "grants"), (_preset(*each) for each in presets.presets.items())),
        consumers=_table(
            ("consumer", "product, with its guide", "what is granted", "to know"), (_consumer(*each) for each in usable.items())
        ),
        refused=_table(
            ("consumer", "product", "why"), ((f"`{name}`", _titled(each), each.refused or "") for name, each in refused.items())
        ),
    )


def _table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    columns = tuple(columns)
    lines = (columns, ("---",) * len(columns), *rows)
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def _keys(model: type[BaseModel], prefix: str = "") -> str:
    rows = ((f"`{prefix}{name}`", _such_as(field), _default(field), field.description or "") for name, field in model.model_fields.items())
    return _table(("key", "such as", "default", "what it says"), rows)


def _workload_keys() -> Iterator[tuple[str, ...]]:
    shared = Workload.model_fields
    for kind, workload in WORKLOADS.items():
        own = [each for each in workload.model_fields.items() if each[0] not in shared]
        for name, field in sorted(own, key=lambda each: not each[1].is_required()):
            yield f"`{kind}.{name}`", _such_as(field), _default(field), field.description or ""
    for name, field in shared.items():
        yield f"`{name}`, of each", _such_as(field), _default(field), field.description or ""


def _tokens() -> Iterator[tuple[str, ...]]:
    for kind, workload in WORKLOADS.items():
        fields = workload.model_fields
        required = {name: field.examples[0] for name, field in fields.items() if field.is_required() and field.examples}
        for choice in workload.one_of_these or (None,):
            chosen = {choice: (fields[choice].examples or [None])[0]} if choice else {}
            token = workload.model_validate(required | chosen).token
            said = (token.issuer, token.subject, token.auth_type)
            yield f"`{kind}`{f' with `{choice}`' if choice else ''}", *(f"`{each}`" for each in said)


def _such_as(field: FieldInfo) -> str:
    return " or ".join(f"`{_flow(example)}`" for example in field.examples or ())


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be there"
    match field.default:
        case bool() | int() | str() as plain:
            return f"`{_flow(plain)}`"
        case None | () | {}:
            return "none"
        case SecretSchedule():
            return "see below"
        case timedelta() as span:
            return f"`{spelled(span)}`"
        case _:
            return "its own"


def _flow(value: object) -> str:
    """A value as a stack file has it."""
    match value:
        case bool():
            return str(value).lower()
        case Mapping():
            return f"{{{', '.join(f'{_flow(key)}: {_flow(said)}' for key, said in value.items())}}}"
        case list() | tuple():
            return f"[{', '.join(map(_flow, value))}]"
        case _:
            return str(value) if _PLAIN.fullmatch(str(value)) else f'"{value}"'


def _target(kind: TargetKind) -> tuple[str, ...]:
    return kind.title, f"`{kind.word}:{kind.form.replace(' or ', '` or `')}`", f"`{kind.word}:{kind.example}`"


def _object(kind: ObjectKind) -> tuple[str, ...]:
    levels = _code(kind.grantable) + "".join(f" (`{name}`: {_code(only)})" for name, only in kind.only.items() if ":" not in name)
    levels += f"; `{OWNER}` with `next_owner`" if kind.has_owner else ""
    return f"`{kind.key}`", kind.plural, grantable.how_named(kind), levels, _code(kind.entitlements) or "none"


def _securable(kind: SecurableKind) -> tuple[str, ...]:
    implied = (f"{_code(needed)} by {_code(privileges)}" for needed, privileges in _grouped(kind.beside).items())
    return f"`{kind.key}`", kind.plural, grantable.how_named(kind), _code(sorted(kind.privileges)), "; ".join(implied)


def _grouped(beside: Mapping[str, tuple[str, ...]]) -> dict[tuple[str, ...], list[str]]:
    groups: dict[tuple[str, ...], list[str]] = {}
    for privilege, needed in sorted(beside.items()):
        groups.setdefault(needed, []).append(privilege)
    return groups


def _preset(name: str, preset: Needs) -> tuple[str, ...]:
    return f"`{name}`", preset.about or "", _code(preset.entitlements), _granted(preset)


def _consumer(name: str, consumer: Consumer) -> tuple[str, ...]:
    parts = [f"preset `{consumer.preset}`"] if consumer.preset else []
    if consumer.grants:
        parts.append(_granted(consumer))
    return f"`{name}`", _titled(consumer), "; ".join(parts) or "nothing", consumer.about or ""


def _titled(consumer: Consumer) -> str:
    return f"[{consumer.title}]({consumer.guide})" if consumer.guide else consumer.title


def _granted(needs: Needs) -> str:
    return "; ".join(_grants(needs))


def _grants(needs: Needs) -> Iterator[str]:
    for kind, value in needs.grants.items():
        if isinstance(value, Mapping):
            yield from (f"{kind} ({name}): {_value(said)}" for name, said in value.items())
        else:
            yield f"{kind}{', if named' if kind in needs.optional else ''}: {_value(value)}"


def _value(value: Value) -> str:
    return f"`{value}`" if isinstance(value, str) else _code(value)


def _code(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)
