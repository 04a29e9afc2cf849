"""What the program asks `preflight`, and what it is answered."""

from typing import Literal

from provider.wire import Wire

Weight = Literal["fatal", "fault", "rights", "hint", "notice"]
"""What must not even be tried; what is wrong; what the admin may not do (a preview may be made by somebody who may only read); what
may be wrong; what is as it should be, but not what everybody expects."""


class NamedObject(Wire):
    kind: str
    reference: str
    """A name, or `id:` and an id."""
    path: tuple[str, ...]
    """Where the stack file says it."""
    level: str = ""
    next_owner: str | None = None
    """Who owns it when the integration gives IS_OWNER up: a user, or `id:` and a service principal's Client ID."""


class NamedSecurable(Wire):
    kind: str
    full_name: str
    privileges: tuple[str, ...]
    path: tuple[str, ...]


class Asking(Wire):
    """One integration, as preflight needs to know it."""

    name: str
    was: str | None = None
    external_id: str
    external_id_before: str | None = None
    """That of its former name."""
    adopt: str | None = None
    """An existing service principal, by its name or by `id:` and its application id."""
    role: str | None = None
    ended: bool = False
    """Its last day is over."""
    entitlements: tuple[str, ...]
    groups: tuple[str, ...] = ()
    objects: tuple[NamedObject, ...]
    securables: tuple[NamedSecurable, ...]


class Question(Wire):
    external_ids_begin: str
    """What the external ids of the stack's service principals have in common."""
    integrations: tuple[Asking, ...]
    preview: bool = False
    """What is only worth knowing before anything is done, is only looked for then."""


class Finding(Wire):
    """One thing that is wrong, at one place of the stack file."""

    integration: str
    """In whose part of the file `path` leads; nothing where it leads from the stack's own part."""
    path: tuple[str, ...]
    summary: str
    about: str = ""
    """The one object or securable that it is about; nothing where it is about all that stands at the place."""
    weight: Weight = "fault"


class Resolved(Wire):
    kind: str
    reference: str
    id: str
    name: str


class Group(Wire):
    """A group of the workspace."""

    name: str
    id: str
    of_account: bool
    """Whether its members are the account's to change. (api-facts: 3.4)"""


class Adopted(Wire):
    """The service principal that an integration takes over."""

    integration: str
    application_id: str
    principal_id: str


class Findings(Wire):
    made: tuple[str, ...] = ()
    """The integrations that have a service principal of their own; all, where that cannot be seen."""
    objects: tuple[Resolved, ...] = ()
    securables: tuple[Resolved, ...] = ()
    """Those that the API knows by another name than people do."""
    groups: tuple[Group, ...] = ()
    adopted: tuple[Adopted, ...] = ()
    findings: tuple[Finding, ...] = ()
    refused: str | None = None
    """Why nothing could be asked: nobody answers, or the admin's credentials are refused."""
