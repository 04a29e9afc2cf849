"""Pipelines' updates: who starts and stops them, and whether one runs by the sandbox's clock (api-facts: 8.2)."""

from dataclasses import replace
from datetime import timedelta

from sandbox.caller import Caller
from sandbox.clock import Clock
from sandbox.errors import ApiError, ResourceDoesNotExistError
from sandbox.objects.ids import new, uuid
from sandbox.objects.rows import NamedObject
from sandbox.objects.rules import Objects
from sandbox.permissions.kinds import PIPELINES
from sandbox.pipelines.rows import Update
from sandbox.state import State

UPDATE_TAKES = timedelta(seconds=1)


class Pipelines:
    def __init__(self, state: State, clock: Clock, objects: Objects) -> None:
        self._clock = clock
        self._objects = objects
        self._updates = state.table(Update)
        self._by_pipeline = self._updates.index(lambda update: update.pipeline_id)

    def start(self, caller: Caller, pipeline_id: str) -> Update:
        pipeline = self._objects.get(caller, PIPELINES, pipeline_id, at_least="CAN_RUN")
        if self.state_of(pipeline) == "RUNNING":
            raise ApiError(f"An active update already exists for pipeline {pipeline_id}.", status=409, error_code="CONFLICT")
        update = Update(new(uuid), pipeline.id, self._clock.now() + UPDATE_TAKES)
        self._updates.put(update)
        return update

    def stop(self, caller: Caller, pipeline_id: str) -> None:
        pipeline = self._objects.get(caller, PIPELINES, pipeline_id, at_least="CAN_RUN")
        now = self._clock.now()
        for update in self._by_pipeline.get(pipeline.id):
            if self.state_of_update(update) == "RUNNING":
                self._updates.put(replace(update, ends_at=now, canceled=True))

    def update(self, caller: Caller, pipeline_id: str, update_id: str) -> Update:
        pipeline = self._objects.get(caller, PIPELINES, pipeline_id)
        update = self._updates.get(update_id)
        if update is None or update.pipeline_id != pipeline.id:
            raise ResourceDoesNotExistError(f"The specified update {update_id} was not found.")
        return update

    def state_of(self, pipeline: NamedObject) -> str:
        states = {self.state_of_update(update) for update in self._by_pipeline.get(pipeline.id)}
        return "RUNNING" if "RUNNING" in states else "IDLE"

    def state_of_update(self, update: Update) -> str:
        if update.canceled:
            return "CANCELED"
        return "RUNNING" if update.ends_at > self._clock.now() else "COMPLETED"
