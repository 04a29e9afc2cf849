"""Federation policies that were made and not recorded: their ids follow from the stack file, so the next run would find them taken.

A killed run leaves one behind, and so does an answer that was lost, after which the official provider asks again. (api-facts: 2.3, 4.2)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic.alias_generators import to_camel

_KEPT = ("description", "name", "uid", "create_time", "update_time")
_GIVEN = ("policyId", "servicePrincipalId", "oidcPolicy", "description")

OURS = "brickpass-"
"""What the id of each of ours begins with."""
# The official provider's id of all of them. (api-facts: 11)
RESOURCE_ID = "id"


@dataclass(frozen=True)
class StrayPolicy:
    """One that the state is to know."""

    principal_id: str
    external_id: str
    """Of its integration."""
    id: str
    said: Mapping[str, Any]
    """The account's own words."""

    @property
    def integration(self) -> str:
        return self.external_id.rpartition("/")[2]

    @property
    def outputs(self) -> dict[str, Any]:
        """As the official provider keeps it."""
        oidc = {to_camel(name): value for name, value in self.said.get("oidc_policy", {}).items()}
        rest = {to_camel(name): self.said[name] for name in _KEPT if name in self.said}
        return {"policyId": self.id, "servicePrincipalId": int(self.principal_id), "oidcPolicy": oidc, **rest}

    @property
    def inputs(self) -> dict[str, Any]:
        return {name: value for name, value in self.outputs.items() if name in _GIVEN}
