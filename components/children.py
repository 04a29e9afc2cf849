"""The resources of an integration, which follow it when it is renamed."""

from dataclasses import dataclass

import pulumi

INTEGRATION = "brickpass:index:Integration"


@dataclass(frozen=True)
class Children:
    """What all children of one integration have in common."""

    parent: pulumi.Resource
    was: str | None

    def opts(
        self,
        suffix: str,
        *,
        protect: bool | None = None,
        provider: pulumi.ProviderResource | None = None,
    ) -> pulumi.ResourceOptions:
        """The options of the child whose name is the integration's and this suffix.

        An alias that a child inherits from its parent holds in the one run in which the parent moves. Where that run breaks off before
        the child, the next one would make it anew, with another Client ID. So each child has its own.
        """
        aliases = [pulumi.Alias(name=f"{self.was}{suffix}", parent=self._urn_before())] if self.was else None
        return pulumi.ResourceOptions(parent=self.parent, aliases=aliases, protect=protect, provider=provider)

    def _urn_before(self) -> str:
        return f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{INTEGRATION}::{self.was}"
