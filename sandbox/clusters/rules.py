"""Clusters: who sees them, who starts and ends them, and what state they are in by the sandbox's clock (api-facts: 7, 8.2, 8.3)."""

import secrets
from dataclasses import replace
from datetime import timedelta

from sandbox.caller import Caller
from sandbox.clock import Clock
from sandbox.clusters.rows import Cluster
from sandbox.errors import InvalidParameterValueError, InvalidStateError
from sandbox.permissions.kind import ObjectKind
from sandbox.permissions.kinds import CLUSTER_POLICIES, CLUSTERS, INSTANCE_POOLS
from sandbox.permissions.rules import Permissions
from sandbox.state import State

START_TAKES = timedelta(seconds=1)


class Clusters:
    def __init__(self, state: State, clock: Clock, permissions: Permissions) -> None:
        self._clock = clock
        self._permissions = permissions
        self._rows = state.table(Cluster)

    def visible(self, caller: Caller) -> list[Cluster]:
        caller.require_entitlement(*CLUSTERS.entitlements)
        return self._permissions.visible(caller, CLUSTERS, self._rows)

    def get(self, caller: Caller, cluster_id: str, *, at_least: str) -> Cluster:
        """The cluster, if the caller's level on it is high enough. A missing one is a 400 here (api-facts: 2.2)."""
        caller.require_entitlement(*CLUSTERS.entitlements)
        cluster = self._rows.get(cluster_id)
        if cluster is None:
            raise InvalidParameterValueError(CLUSTERS.missing.format(id=cluster_id))
        caller.require(self._permissions.guarded(CLUSTERS, cluster), at_least=at_least)
        return cluster

    def create(
        self, caller: Caller, name: str, spark_version: str, num_workers: int, *, policy_id: str | None, pool_id: str | None
    ) -> Cluster:
        """A policy that the caller may use stands for the entitlement (api-facts: 7.3); a pool wants a level on it besides."""
        if policy_id:
            self._require(caller, CLUSTER_POLICIES, policy_id, at_least="CAN_USE")
        else:
            caller.require_entitlement("allow-cluster-create")
        if pool_id:
            self._require(caller, INSTANCE_POOLS, pool_id, at_least="CAN_ATTACH_TO")
        now = self._clock.now()
        identity = f"{now:%m%d-%H%M%S}-{secrets.token_hex(4)}"
        cluster = Cluster(identity, name, caller.name, spark_version, num_workers=num_workers, running_from=now + START_TAKES)
        self._rows.put(cluster)
        self._permissions.created(caller.who, CLUSTERS, cluster)
        return cluster

    def start(self, caller: Caller, cluster_id: str) -> None:
        cluster = self.get(caller, cluster_id, at_least="CAN_RESTART")
        self._require_state(cluster, "TERMINATED")
        self._rows.put(replace(cluster, running_from=self._clock.now() + START_TAKES, restarted=False))

    def restart(self, caller: Caller, cluster_id: str) -> None:
        cluster = self.get(caller, cluster_id, at_least="CAN_RESTART")
        self._require_state(cluster, "RUNNING")
        self._rows.put(replace(cluster, running_from=self._clock.now() + START_TAKES, restarted=True))

    def terminate(self, caller: Caller, cluster_id: str) -> None:
        cluster = self.get(caller, cluster_id, at_least="CAN_RESTART")
        self._rows.put(replace(cluster, running_from=None))

    def delete(self, caller: Caller, cluster_id: str) -> None:
        cluster = self.get(caller, cluster_id, at_least="CAN_MANAGE")
        self._rows.remove(cluster.id)
        self._permissions.deleted(CLUSTERS, cluster)

    def state_of(self, cluster: Cluster) -> str:
        if cluster.running_from is None:
            return "TERMINATED"
        if self._clock.now() >= cluster.running_from:
            return "RUNNING"
        return "RESTARTING" if cluster.restarted else "PENDING"

    def _require(self, caller: Caller, kind: ObjectKind, object_id: str, *, at_least: str) -> None:
        row = self._permissions.rows(kind).get(object_id)
        if row is None:
            raise InvalidParameterValueError(kind.missing_text(object_id))
        caller.require(self._permissions.guarded(kind, row), at_least=at_least)

    def _require_state(self, cluster: Cluster, state: str) -> None:
        if (found := self.state_of(cluster)) != state:
            raise InvalidStateError(f"Cluster {cluster.id} is in unexpected state {found.capitalize()}.")
