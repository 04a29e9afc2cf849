"""SQL warehouses: who sees them, who starts them, and what state they are in by the sandbox's clock (api-facts: 7, 8.2)."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from sandbox.caller import Caller
from sandbox.clock import Clock
from sandbox.errors import InvalidParameterValueError, ResourceDoesNotExistError
from sandbox.permissions.kinds import WAREHOUSES
from sandbox.permissions.rules import Permissions
from sandbox.state import State
from sandbox.warehouses.rows import Warehouse

START_TAKES = timedelta(seconds=1)


class Warehouses:
    def __init__(self, state: State, clock: Clock, permissions: Permissions) -> None:
        self._clock = clock
        self._permissions = permissions
        self.rows = state.table(Warehouse)

    def visible(self, caller: Caller) -> list[Warehouse]:
        caller.require_entitlement(*WAREHOUSES.entitlements)
        return self._permissions.visible(caller, WAREHOUSES, self.rows)

    def get(self, caller: Caller, warehouse_id: str, *, at_least: str) -> Warehouse:
        """The warehouse, if the caller's level on it is high enough."""
        caller.require_entitlement(*WAREHOUSES.entitlements)
        warehouse = self.rows.get(warehouse_id)
        if warehouse is None:
            raise ResourceDoesNotExistError(WAREHOUSES.missing.format(id=warehouse_id))
        caller.require(self._permissions.guarded(WAREHOUSES, warehouse), at_least=at_least)
        return warehouse

    def start(self, caller: Caller, warehouse_id: str) -> Warehouse:
        """Starts it unless it runs; a statement does the same (api-facts: 8.1)."""
        warehouse = self.get(caller, warehouse_id, at_least="CAN_USE")
        if warehouse.running_from is None:
            warehouse = replace(warehouse, running_from=self._clock.now() + START_TAKES)
            self.rows.put(warehouse)
        return warehouse

    def stop(self, caller: Caller, warehouse_id: str) -> None:
        warehouse = self.get(caller, warehouse_id, at_least="CAN_MANAGE")
        self.rows.put(replace(warehouse, running_from=None))

    def create(self, caller: Caller, name: str, cluster_size: str) -> Warehouse:
        caller.require_entitlement("allow-cluster-create")
        if any(row.name == name for row in self.rows):
            raise InvalidParameterValueError(f"SQL warehouse with name `{name}` already exists")
        warehouse = Warehouse(id=uuid4().hex[:16], name=name, creator_name=caller.name, cluster_size=cluster_size)
        self.rows.put(warehouse)
        self._permissions.created(caller.who, WAREHOUSES, warehouse)
        return warehouse

    def edit(self, caller: Caller, warehouse_id: str, name: str) -> None:
        self.rows.put(replace(self.get(caller, warehouse_id, at_least="CAN_MANAGE"), name=name))

    def delete(self, caller: Caller, warehouse_id: str) -> None:
        warehouse = self.get(caller, warehouse_id, at_least="CAN_MANAGE")
        self.rows.remove(warehouse.key)
        self._permissions.deleted(WAREHOUSES, warehouse)

    def state_of(self, warehouse: Warehouse) -> str:
        if warehouse.running_from is None:
            return "STOPPED"
        return "RUNNING" if self._clock.now() >= warehouse.running_from else "STARTING"
