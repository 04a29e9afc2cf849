"""What a PATCH of grants asks for, in the words that are kept, and what it makes of a principal's privileges (api-facts: 6.2)."""

from dataclasses import dataclass

from sandbox.errors import InvalidParameterValueError, Json
from sandbox.unity_catalog.kind import ALL, NOT_IN_ALL
from sandbox.unity_catalog.kinds import ALIASES, PRIVILEGES
from sandbox.unity_catalog.rows import Securable


@dataclass(frozen=True, slots=True)
class Change:
    """One principal's part of a PATCH."""

    principal: str
    add: frozenset[str]
    remove: frozenset[str]

    def applied(self, privileges: frozenset[str]) -> frozenset[str]:
        """Adding what is there and removing what is not are fine."""
        if ALL in self.remove:
            # Takes every single privilege with it that it implies.
            privileges &= NOT_IN_ALL
        return (privileges - self.remove) | self.add


def changes_of(body: Json, securable: Securable) -> list[Change]:
    """The changes of a request's body, each word of them fitting the securable."""
    items = body.get("changes")
    if not isinstance(items, list) or not all(isinstance(item, dict) and isinstance(item.get("principal"), str) for item in items):
        raise InvalidParameterValueError("changes must be a list of objects, each with a principal.")
    return [_change(item, securable) for item in items]


def _change(item: Json, securable: Securable) -> Change:
    principal = item["principal"]
    add, remove = (_words(item.get(name) or [], securable) for name in ("add", "remove"))
    if add & remove:
        raise InvalidParameterValueError(f"Duplicate privileges to add and delete for principal {principal}.")
    return Change(principal, add, remove)


def _words(given: object, securable: Securable) -> frozenset[str]:
    if not isinstance(given, list) or not all(isinstance(word, str) for word in given):
        raise InvalidParameterValueError("add and remove must be lists of privileges.")
    words = [kept for word in given for kept in _word(word, securable)]
    for word in words:
        if word not in securable.kind.grantable(securable.subtype):
            entity = f"{securable.full_name}:{securable.kind.entity_of(securable.subtype)}"
            raise InvalidParameterValueError(
                f"Privilege {word.replace('_', ' ')} is not applicable to this entity [{entity}]. If this seems unexpected, please check"
                " the privilege version of the metastore in use [1.0]."
            )
    return frozenset(words)


def _word(given: str, securable: Securable) -> tuple[str, ...]:
    word = given.strip().upper().replace(" ", "_")
    if alias := ALIASES.get((word, securable.type)):
        return alias
    if word not in PRIVILEGES:
        # Inferred (api-facts: 6.4).
        raise InvalidParameterValueError(f"{given} is not a valid privilege.")
    return (word,)
