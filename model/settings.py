"""Settings of Pulumi's databricks provider, of which a stack file has the host alone: who logs in is the environment's matter."""

import re

from model.nearest import nearest
from model.yamltree import Tree

NAMESPACE = "databricks:"
HOST = NAMESPACE + "host"
# As in client_secret, azureClientSecret or google_credentials; oidc_token_env names a variable, and holds nothing.
_SECRET = re.compile(r"(token|secret|password|credentials)$", re.IGNORECASE)


def setting_problem(key: str, value: Tree) -> str | None:
    """What is wrong with a key of the namespace, without a word of its value; None where nothing is."""
    name = key.removeprefix(NAMESPACE)
    if key == HOST or not key.startswith(NAMESPACE):
        return None
    if _SECRET.search(name) and isinstance(value, str):
        return "is a secret in plain text, and not read from here; log in by the environment, take it out of the file and revoke it"
    if name == "account_id":
        return 'is not read from here; write "brickpass:account: {id: ...}"'
    if nearest(name, ["host"]):
        return f'is not a setting that is read; did you mean "{HOST}"?'
    return f"is not read from here, as only {HOST} is; log in by the environment, as with DATABRICKS_CONFIG_PROFILE, and take it out"
