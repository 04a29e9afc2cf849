"""The hand-over sheet: what somebody who sets up a consumer needs, in the words of that consumer's own form."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from model.durations import spelled
from model.faults import printable
from model.form import TEXT
from model.presets import OF_A_TEAM, Consumer, Presets
from operate.formats.values import Values
from operate.stack import STACKS

_WITHOUT_A_FORM = {
    "Client ID": "client_id",
    "Client Secret": "client_secret",
    "Workspace URL": "workspace_url",
    "Host": "host",
    "Port": "port",
    "HTTP path": "http_path",
    "Warehouse ID": "warehouse_id",
    "Catalog": "catalog",
    "Schema": "schema",
    "Token endpoint": "token_endpoint",
    "Scope": "scope",
    "Account ID": "account_id",
}
_MISSING = {
    "client_secret": "none: it logs in by federation",
    "http_path": "none: it was granted no SQL warehouse",
    "warehouse_id": "none: it was granted no SQL warehouse",
    "catalog": "none: it was granted nothing in a catalog",
    "schema": "of your choice: it was granted no schema by itself",
    "account_id": "not known here: the account console shows it",
}
_TOKENS = {
    "github-oidc": "GitHub Actions gives it to a job with `permissions: {id-token: write}`",
    "azure-devops-oidc": "Azure DevOps gives it to a step that has SYSTEM_ACCESSTOKEN in its environment",
    "env-oidc": "it is taken from the environment, DATABRICKS_OIDC_TOKEN",
    "file-oidc": "it is taken from the file that DATABRICKS_OIDC_TOKEN_FILEPATH names",
}


@dataclass(frozen=True)
class Sheet:
    title: str
    about: Sequence[tuple[str, str]]
    form: Sequence[tuple[str, Sequence[str]]]
    """Each label with what goes there: one value, or those to choose from."""
    life: Sequence[str]
    notes: Sequence[str]
    guide: str | None

    @property
    def width(self) -> int:
        """Of the widest label, for a text without tables."""
        return max(len(label) for label, _ in (*self.form, *self.about))


def sheet_of(values: Values) -> Sheet:
    integration = values.integration
    consumer = Presets.beside(STACKS / OF_A_TEAM).consumers.get(integration.consumer or "")
    about = {"Integration": integration.name, "Purpose": integration.purpose, "Owner": integration.owner}
    form = {label: _values(asked, values) for label, asked in ((consumer and consumer.form) or _without_a_form(values)).items()}
    return Sheet(
        title=f"Databricks for {_line(consumer.title if consumer else integration.name)}",
        about=[(label, _line(said)) for label, said in about.items() if said],
        form=[(_line(label), [_line(each) for each in said]) for label, said in form.items()],
        life=list(_life(values, consumer)),
        notes=list(_notes(values, consumer)),
        guide=_line(consumer.guide) if consumer and consumer.guide else None,
    )


def _without_a_form(values: Values) -> Mapping[str, str]:
    """All that there is, where nobody knows what is asked for."""
    there = values.asked_by_forms()
    return {label: field for label, field in _WITHOUT_A_FORM.items() if there[field]}


def _values(asked: str, values: Values) -> Sequence[str]:
    if asked.startswith(TEXT):
        return [asked.removeprefix(TEXT).strip()]
    return values.asked_by_forms()[asked] or [_MISSING[asked]]


def _life(values: Values, consumer: Consumer | None) -> Iterator[str]:
    bundle = values.bundle
    if bundle.expires_at and bundle.rotates_at and (secrets := values.integration.secrets):
        labels = [label for label, asked in ((consumer and consumer.form) or _WITHOUT_A_FORM).items() if asked == "client_secret"]
        overlap = spelled(timedelta(seconds=secrets.overlap))
        yield f"The secret ends on {_spoken(bundle.expires_at)} at the latest."
        yield (
            f"The next one is made by the first deployment from {_spoken(bundle.rotates_at)} on. Then only {_line(' and '.join(labels))} "
            f"changes, and this one works on for {overlap}."
        )
    for login in bundle.federation:
        yield _line(
            f"There is no secret. It logs in ({login.auth_type}) with a token of {login.issuer} for {login.audience}, "
            f"whose {login.subject_claim} is {login.subject}; {_TOKENS[login.auth_type]}."
        )


def _notes(values: Values, consumer: Consumer | None) -> Iterator[str]:
    yield (
        "The Client ID is the application id of the service principal, and never the number by which Databricks shows it "
        f"({values.bundle.service_principal_id})."
    )
    whose = _line(consumer.title) if consumer else "the consumer"
    yield f"Where the workspace has an IP access list, the addresses that {whose} comes from must stand in it."
    if values.warehouses:
        yield "A SQL warehouse that is stopped starts with the first request: where a test of the connection gives up waiting, test again."


def _spoken(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _line(text: str) -> str:
    return printable(" ".join(text.split()))
