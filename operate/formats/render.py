"""From a bundle to the text of one form."""

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from model.faults import WrongUse
from model.nearest import did_you_mean
from operate.formats.escapes import FILTERS, Unsayable
from operate.formats.sheet import sheet_of
from operate.formats.table import FORMATS, Format
from operate.formats.values import Values


def format_called(form: str) -> Format:
    if form not in FORMATS:
        raise WrongUse(f'there is no format "{form}"; there are {", ".join(FORMATS)}{did_you_mean(form, FORMATS)}')
    return FORMATS[form]


def rendered(form: str, values: Values) -> str:
    """The text, which ends with a line break.

    Raises:
        WrongUse: the form needs what the integration has not or has several of, or cannot hold a value of it.
    """
    _require(form, values)
    template = _environment().get_template(f"{form.replace('-', '.')}.j2")
    try:
        return template.render(values.for_template(), sheet=lambda: sheet_of(values))
    except Unsayable as error:
        # Without what was being rendered, which holds the secret.
        raise WrongUse(f"{form} cannot hold a value of {values.integration.name}, which has {error} in it; take json") from None


def _require(form: str, values: Values) -> None:
    name, known = values.integration.name, FORMATS[form]
    if values.secret is None and not known.without_secret:
        fitting = ", ".join(each for each, other in FORMATS.items() if other.without_secret)
        raise WrongUse(f"{name} logs in by federation and has no secret, which {form} cannot say; there are {fitting}")
    if values.secret is None and form.startswith("airflow") and not values.kubernetes_login:
        raise WrongUse(
            f"of federation, Airflow knows the service accounts of Kubernetes alone, and {name} has none (federation.kubernetes)"
        )
    if known.needs_warehouse and len(values.warehouses) != 1:
        names = ", ".join(each.name for each in values.warehouses)
        if names:
            raise WrongUse(f"{name} has several SQL warehouses, and {form} is of one; say which with --warehouse: {names}")
        raise WrongUse(f"{name} was granted no SQL warehouse, which {form} is of; grant it one, or take another format")
    if known.needs_schema and len(values.schemas) != 1:
        names = ", ".join(".".join(each) for each in values.schemas)
        has = f"was granted something in several schemas ({names})" if names else "was granted no schema"
        raise WrongUse(f"{name} {has}, and {form} is of one; say which with --schema catalog.schema")


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("operate", "formats"),
        autoescape=select_autoescape(["html.j2"], default=False),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    return environment
