"""Secret scopes: what is in them, and who may read, write and manage them (api-facts: 7.4)."""

import base64
import binascii
import re

from sandbox.caller import Caller, Who
from sandbox.clock import Clock
from sandbox.errors import InvalidParameterValueError, ResourceAlreadyExistsError, ResourceDoesNotExistError
from sandbox.permissions.access_list import AccessList, Entry
from sandbox.permissions.kind import ObjectKind
from sandbox.permissions.rules import Permissions
from sandbox.scim.directory import Directory
from sandbox.secret_scopes.rows import Scope, Secret
from sandbox.state import State

READ, WRITE, MANAGE = "READ", "WRITE", "MANAGE"
# Not one of the Permissions API's, but an access list with levels like theirs; the words of its refusals are inferred.
SCOPES = ObjectKind(
    row_type=Scope,
    request_types=("secrets/scopes",),
    object_type="secret-scope",
    noun="scope",
    known_as="secret scope",
    levels=(READ, WRITE, MANAGE),
    admins_have=MANAGE,
    # Nothing in an API says so, only the console.
    admins_from="all secret scopes",
    refusals={level: f"User {{app}} does not have {level} permission on scope {{name}}" for level in (READ, WRITE, MANAGE)},
)
LONGEST_NAME = 128
LARGEST_VALUE = 128 * 1024


class SecretScopes:
    def __init__(self, state: State, clock: Clock, directory: Directory, permissions: Permissions) -> None:
        self._clock = clock
        self._directory = directory
        self._permissions = permissions
        self.rows = state.table(Scope)
        """All of them, whoever may see them."""
        self._secrets = state.table(Secret)
        self._by_scope = self._secrets.index(lambda secret: secret.scope)
        self._lists = state.table(AccessList)

    def visible(self, caller: Caller) -> list[Scope]:
        return self._permissions.visible(caller, SCOPES, self.rows)

    def create(self, caller: Caller, name: str, initial_manage_principal: object) -> None:
        """The creator manages it; everybody does, if `users` are named."""
        _require_name(name)
        if self.rows.get(name):
            raise ResourceAlreadyExistsError(f"Scope {name} already exists")
        if initial_manage_principal not in (None, "", "users"):
            raise InvalidParameterValueError("initial_manage_principal must be 'users' or be left out.")
        manager = Who("group_name", "users") if initial_manage_principal else caller.who
        self.add(name, [Entry(manager, MANAGE)])

    def add(self, name: str, entries: list[Entry]) -> None:
        self.rows.put(Scope(name))
        self._lists.put(AccessList(SCOPES.request_type, name, tuple(entries)))

    def delete(self, caller: Caller, name: str) -> None:
        scope = self._scope(caller, name, at_least=MANAGE)
        for secret in self._by_scope.get(name):
            self._secrets.remove(secret.key)
        self.rows.remove(name)
        self._permissions.deleted(SCOPES, scope)

    def secrets(self, caller: Caller, name: str) -> list[Secret]:
        self._scope(caller, name, at_least=READ)
        return self._by_scope.get(name)

    def secret(self, caller: Caller, name: str, key: str, *, at_least: str = READ) -> Secret:
        self._scope(caller, name, at_least=at_least)
        secret = self._secrets.get(f"{name}/{key}")
        if secret is None:
            raise ResourceDoesNotExistError(f"Secret does not exist with scope: {name} and key: {key}")
        return secret

    def put_secret(self, caller: Caller, name: str, key: str, value: str) -> None:
        self._scope(caller, name, at_least=WRITE)
        _require_name(key)
        _require_value(value)
        self.remember(name, key, value)

    def remember(self, name: str, key: str, value: str) -> None:
        self._secrets.put(Secret(name, key, value, self._clock.now()))

    def delete_secret(self, caller: Caller, name: str, key: str) -> None:
        self._secrets.remove(self.secret(caller, name, key, at_least=WRITE).key)

    def acls(self, caller: Caller, name: str) -> tuple[Entry, ...]:
        return self._permissions.guarded(SCOPES, self._scope(caller, name, at_least=MANAGE)).access.entries

    def acl(self, caller: Caller, name: str, principal: str) -> Entry:
        entries = self.acls(caller, name)
        # A principal that was deleted has no entry left, so whoever is not known here is not found.
        who = self._who(principal)
        for entry in entries:
            if entry.who == who:
                return entry
        raise ResourceDoesNotExistError(f"Failed to get secret acl for principal {principal} for scope {name}.")

    def put_acl(self, caller: Caller, name: str, principal: str, level: str) -> None:
        entries = dict(self.acls(caller, name))
        who = self._who(principal)
        if who is None:
            raise InvalidParameterValueError(f"User or Group {principal} does not exist.")
        if level not in SCOPES.levels:
            raise InvalidParameterValueError(f"permission must be one of {', '.join(SCOPES.levels)}, not '{level}'.")
        entries[who] = level
        self._lists.put(AccessList(SCOPES.request_type, name, tuple(Entry(*item) for item in entries.items())))

    def delete_acl(self, caller: Caller, name: str, principal: str) -> None:
        gone = self.acl(caller, name, principal)
        access = AccessList(SCOPES.request_type, name, self.acls(caller, name))
        self._lists.put(access.without(gone.who))

    def _scope(self, caller: Caller, name: str, *, at_least: str) -> Scope:
        scope = self.rows.get(name)
        if scope is None:
            raise ResourceDoesNotExistError(f"Scope {name} does not exist")
        caller.require(self._permissions.guarded(SCOPES, scope), at_least=at_least)
        return scope

    def _who(self, principal: str) -> Who | None:
        """By user name, application id or the name of a group: the API does not say which."""
        found = self._directory.by_who(Who("user_name", principal)) or self._directory.group(principal)
        if found is None or not self._directory.in_workspace(found) or not self._directory.has_settled(found, "secret_scopes"):
            return None
        return found.who


def _require_name(name: str) -> None:
    if not re.fullmatch(rf"[\w@.-]{{1,{LONGEST_NAME}}}", name, re.ASCII):
        raise InvalidParameterValueError(
            f"'{name}' may hold only letters, digits, dashes, underscores, at signs and periods, and at most {LONGEST_NAME} of them."
        )


def _require_value(value: str) -> None:
    try:
        size = len(base64.b64decode(value, validate=True))
    except binascii.Error as reason:
        raise InvalidParameterValueError("bytes_value must be base64.") from reason
    if size > LARGEST_VALUE:
        raise InvalidParameterValueError(f"A secret holds at most {LARGEST_VALUE} bytes.")
