"""Jobs and their runs: who sees them, who runs them, and how far a run is by the sandbox's clock (api-facts: 7, 8.2 to 8.4)."""

import secrets
from dataclasses import replace
from datetime import timedelta

from sandbox.caller import Caller
from sandbox.clock import Clock
from sandbox.errors import InvalidParameterValueError
from sandbox.jobs.rows import Job, Run
from sandbox.permissions.kinds import JOBS
from sandbox.permissions.rules import Permissions
from sandbox.state import State

RUN_TAKES = timedelta(seconds=1)


class Jobs:
    def __init__(self, state: State, clock: Clock, permissions: Permissions) -> None:
        self._clock = clock
        self._permissions = permissions
        self._rows = state.table(Job)
        self._runs = state.table(Run)
        self._by_name = self._rows.index(lambda job: job.name.lower())
        self._runs_by_job = self._runs.index(lambda run: run.job_id)
        self._runs_by_token = self._runs.index(lambda run: (run.job_id, run.idempotency_token))

    def visible(self, caller: Caller, name: str | None) -> list[Job]:
        """All, or those of exactly this name, whatever its case (api-facts: 7.1)."""
        caller.require_entitlement(*JOBS.entitlements)
        rows = self._by_name.get(name.lower()) if name else self._rows
        return self._permissions.visible(caller, JOBS, rows)

    def get(self, caller: Caller, job_id: str, *, at_least: str) -> Job:
        """The job, if the caller's level on it is high enough. A missing one is a 400 here (api-facts: 2.2)."""
        caller.require_entitlement(*JOBS.entitlements)
        job = self._rows.get(job_id)
        if job is None:
            raise InvalidParameterValueError(JOBS.missing.format(id=job_id))
        caller.require(self._permissions.guarded(JOBS, job), at_least=at_least)
        return job

    def create(self, caller: Caller, name: str) -> Job:
        caller.require_entitlement(*JOBS.entitlements)
        job = Job(_new_id(), name, caller.name, self._clock.now())
        self._rows.put(job)
        self._permissions.created(caller.who, JOBS, job)
        return job

    def delete(self, caller: Caller, job_id: str) -> None:
        job = self.get(caller, job_id, at_least="CAN_MANAGE")
        self._rows.remove(job.id)
        self._permissions.deleted(JOBS, job)

    def run_now(self, caller: Caller, job_id: str, idempotency_token: str | None) -> Run:
        job = self.get(caller, job_id, at_least="CAN_MANAGE_RUN")
        if idempotency_token and (known := self._runs_by_token.one((job.id, idempotency_token))):
            return known
        now = self._clock.now()
        run = Run(_new_id(), job.id, caller.name, now, now + RUN_TAKES, idempotency_token)
        self._runs.put(run)
        return run

    def run(self, caller: Caller, run_id: str, *, at_least: str) -> Run:
        run = self._runs.get(run_id)
        if run is None:
            raise InvalidParameterValueError(f"Run {run_id} does not exist.")
        self.get(caller, run.job_id, at_least=at_least)
        return run

    def runs(self, caller: Caller, job_id: str | None) -> list[Run]:
        """The newest first; of one job, or of all that the caller may see."""
        jobs = [self.get(caller, job_id, at_least="CAN_VIEW")] if job_id else self.visible(caller, None)
        found = [run for job in jobs for run in self._runs_by_job.get(job.id)]
        return sorted(found, key=lambda run: run.started_at, reverse=True)

    def cancel(self, caller: Caller, run_id: str) -> None:
        run = self.run(caller, run_id, at_least="CAN_MANAGE_RUN")
        if self.life_cycle_state_of(run) == "RUNNING":
            self._runs.put(replace(run, canceled=True, ends_at=self._clock.now()))

    def life_cycle_state_of(self, run: Run) -> str:
        return "RUNNING" if self._clock.now() < run.ends_at else "TERMINATED"


def _new_id() -> str:
    return str(10**14 + secrets.randbelow(9 * 10**14))
