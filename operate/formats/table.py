"""The forms in which a bundle can be had. Each has its template beside this file; what is light enough for `--help` stands here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Format:
    """One form."""

    about: str
    needs_warehouse: bool = False
    needs_schema: bool = False
    without_secret: bool = False
    """Whether it can say how somebody logs in by federation."""
    entry: re.Pattern[str] | None = None
    """What stands by its name in a file of this form, beside which others may stand that are not ours. (Its group is the name.)"""


_INI = re.compile(r"^[ \t]*\[([^]\n]*)\]", re.MULTILINE)

FORMATS: Mapping[str, Format] = {
    "sheet": Format("the hand-over sheet, with the labels of the consumer's own form", without_secret=True),
    "sheet-html": Format("the same as a page to print", without_secret=True),
    "json": Format("all of it, for scripts", without_secret=True),
    "env": Format(
        "environment variables, for a shell or a .env file",
        without_secret=True,
        entry=re.compile(r"^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)=", re.MULTILINE),
    ),
    "databrickscfg": Format("a profile of ~/.databrickscfg", without_secret=True, entry=_INI),
    "jdbc": Format("the address for Databricks' JDBC driver", needs_warehouse=True),
    "odbc": Format("a data source of odbc.ini", needs_warehouse=True, entry=_INI),
    "dbt": Format(
        "a profile of dbt's profiles.yml",
        needs_warehouse=True,
        needs_schema=True,
        entry=re.compile(r"""^["']?([^\s#"'][^:"'\n]*)["']?:""", re.MULTILINE),
    ),
    "airflow": Format("an Airflow connection, as a URI", without_secret=True),
    "airflow-json": Format("the same as JSON", without_secret=True),
    "kubernetes": Format("the manifest of a Kubernetes Secret", entry=re.compile(r"^(---|kind:.*|  name:.*)$", re.MULTILINE)),
    "terraform": Format(
        "variables for Terraform or OpenTofu (.tfvars)", entry=re.compile(r"^[ \t]*([A-Za-z_][\w-]*)[ \t]*=", re.MULTILINE)
    ),
}
