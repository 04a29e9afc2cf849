"""How a value is written in each form, so that whoever reads it has it back as it was.

What a form has no way to write, or its readers do not read alike, is refused: a credential that arrives changed is looked for in the wrong
place for hours.
"""

import json
import re
from collections.abc import Callable, Mapping
from urllib.parse import quote


class Unsayable(ValueError):
    """A form cannot hold a value; its text says because of what in it, never the value itself."""


def shell(text: str) -> str:
    """A value that `sh` and the readers of .env files read alike; as it is where it is plain, since some of those know no quotes."""
    if re.fullmatch(r"[A-Za-z0-9_./:@%+,-]*", text):
        return text
    if re.search(r"[^\S \n]|[^\n -~\x80-\U0010ffff]", text):
        raise Unsayable("a character that does not print")
    # A .env file has its variables in braces replaced within any quotes.
    if "${" in text:
        raise Unsayable("${")
    if not re.search(r"['\\]", text):
        return f"'{text}'"
    if re.search("[$`]", text):
        raise Unsayable("quotes or a backslash beside what a shell expands")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def ini(text: str) -> str:
    """A value of an INI file, which has no quotes that all readers know.

    That of Databricks' Go SDK, which is behind the CLI and the Terraform provider too, ends a value at a blank with # or ; behind it, takes
    quotes away, replaces %(names), and goes on in the next line after a backslash. (databricks-sdk-go: config/config_file.go)
    """
    if not text.isprintable() or text != text.strip():
        raise Unsayable("a line break, or blanks at an end")
    if re.search(r" [#;]|%\(|\\$|^[\"'`]", text):
        raise Unsayable("a blank before # or ;, %(, quotes at its begin or a backslash at its end")
    return text


def jdbc(text: str) -> str:
    """A value of a JDBC address. Drivers split it at ; and =, whatever stands around them."""
    if not text.isprintable() or text != text.strip() or re.search("[;=]", text):
        raise Unsayable("; or =, a line break, or blanks at an end")
    return text


def yaml(text: str) -> str:
    """A string of YAML, of any version."""
    return '"' + "".join(map(_in_yaml, text)) + '"'


def _in_yaml(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return character if character.isprintable() else f"\\U{ord(character):08x}"


def dbt(text: str) -> str:
    """A string of profiles.yml, which dbt takes for a template where it looks like one."""
    if re.search(r"\{[{%#]|[#}%]\}", text):
        raise Unsayable("the braces of a template")
    return yaml(text)


def hcl(text: str) -> str:
    """A string of HCL, in which ${ and %{ begin a template. (Doubled they do not, but with another $ before them, not all see that.)"""
    return yaml(text).replace("${", "\\u0024{").replace("%{", "\\u0025{")


def uri(text: str) -> str:
    return quote(text, safe="")


def as_json(value: object, indent: int | None = None) -> str:
    return json.dumps(value, indent=indent)


def dns(text: str) -> str:
    """A name as Kubernetes has it for its objects. (RFC 1123)"""
    return re.sub(r"[^a-z0-9-]+", "-", text.lower()).strip("-")


FILTERS: Mapping[str, Callable[..., str]] = {
    "shell": shell,
    "ini": ini,
    "jdbc": jdbc,
    "yaml": yaml,
    "dbt": dbt,
    "hcl": hcl,
    "uri": uri,
    "json": as_json,
    "dns": dns,
}
