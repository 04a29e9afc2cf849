"""The one way from the provider to a workspace: databricks-sdk, as the admin that the environment names."""

import asyncio
import contextlib
import functools
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from databricks.sdk.clock import RealClock
from databricks.sdk.core import ApiClient, Config
from databricks.sdk.errors import DeadlineExceeded, InternalError, TemporarilyUnavailable
from requests import RequestException

from checks.sdk import metadata, settings, without_settings
from model.faults import BrickpassError, WorkspaceUnreachable

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

# The engine's own bound on what runs at once, so that no call waits for a thread.
PARALLEL = 64

Json = dict[str, Any]
R = TypeVar("R")

# After these the request may have been done. 429 and 503, which the SDK would repeat, come out of it as a TimeoutError.
_UNCLEAR = (InternalError, TemporarilyUnavailable, DeadlineExceeded)


class Unanswered(BrickpassError):
    """A request that is sent only once got no clear answer: it may have been done, or not."""


class WrongWorkspace(BrickpassError):
    """The host answers as another workspace than the one that the stack was made for."""


class _OnceClock(RealClock):
    """The SDK's clock, on which a request that must not be repeated runs out of time before its first repetition.

    The SDK repeats every method after a lost answer (api-facts: 2.3), and has no other way to be told not to for one call.
    """

    def __init__(self) -> None:
        self._here = threading.local()

    @contextlib.contextmanager
    def once(self) -> Iterator[None]:
        self._here.once, self._here.late = True, 0.0
        try:
            yield
        finally:
            self._here.once, self._here.late = False, 0.0

    def time(self) -> float:
        return super().time() + getattr(self._here, "late", 0.0)

    def sleep(self, seconds: float) -> None:
        if getattr(self._here, "once", False):
            self._here.late = float("inf")
        else:
            time.sleep(seconds)


class Workspace:
    """Calls one workspace, or its account. It logs in at the first call, and refuses to work on another workspace than `workspace_id`."""

    def __init__(self, host: str, *, workspace_id: str | None = None, account_id: str | None = None) -> None:
        self.host = host
        self.account_id = account_id
        """Set where it is an account's console that is called."""
        self._workspace_id = workspace_id
        self._clock = _OnceClock()
        self._threads = ThreadPoolExecutor(PARALLEL, thread_name_prefix="workspace")
        self._connecting: asyncio.Future[ApiClient] | None = None
        self._config: Config | None = None

    async def do(
        self, method: str, path: str, *, query: Mapping[str, object] | None = None, body: Json | None = None, once: bool = False
    ) -> Json:
        """The answer's JSON.

        With `once` the request is not repeated by the SDK.

        Raises:
            DatabricksError: what the workspace refused.
            Unanswered: with `once`, when it is not known whether the request was done.
            WorkspaceUnreachable: nobody answers, or the admin's credentials are refused.
        """
        client = await self._connected()
        request = functools.partial(client.do, method, path, query=dict(query or {}), body=body)
        answer = await self._in_thread(self._once, method, path, request) if once else await self._in_thread(request)
        # Every API used here answers with an object, never with a list or a stream.
        return answer if isinstance(answer, dict) else {}

    async def sdk(self) -> "WorkspaceClient":
        """The same login as the SDK's own client, for the checks."""
        from databricks.sdk import WorkspaceClient  # noqa: PLC0415 - it loads every service, which only the checks need

        await self._connected()
        return WorkspaceClient(config=self._config)

    def _once(self, method: str, path: str, request: Callable[[], object]) -> object:
        with self._clock.once():
            try:
                return request()
            except TimeoutError as error:
                raise Unanswered(f"{method} {path} got no clear answer ({error.__cause__ or error})") from error.__cause__
            except (*_UNCLEAR, RequestException) as error:
                raise Unanswered(f"{method} {path} got no clear answer ({error})") from error

    async def _connected(self) -> ApiClient:
        # Once, its failure included: where nobody answers, a hundred resources must not each wait for that.
        if self._connecting is None:
            self._connecting = asyncio.ensure_future(self._in_thread(self._connect))
        return await asyncio.shield(self._connecting)

    def _connect(self) -> ApiClient:
        # Not the SDK's own `workspace_id`, which DATABRICKS_WORKSPACE_ID would take the place of.
        answers_as = metadata(self.host).get("workspace_id")
        try:
            # The SDK takes the one of these two for the other, so both say how many connections there may be.
            self._config = Config(
                host=self.host,
                account_id=self.account_id,
                clock=self._clock,
                max_connection_pools=PARALLEL,
                max_connections_per_pool=PARALLEL,
                **settings(),
            )
            self._config.authenticate()
        except (ValueError, OSError) as error:
            raise WorkspaceUnreachable(_refused_login(self.host, str(error))) from None
        if self._workspace_id and answers_as and answers_as != self._workspace_id:
            raise WrongWorkspace(
                f"This stack belongs to workspace {self._workspace_id}, but {self.host} answers as workspace {answers_as}. "
                "Nothing was asked or changed there. One stack is one workspace: make a new stack for the other one."
            )
        return ApiClient(self._config)

    async def _in_thread(self, call: Callable[..., R], *args: object) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call, *args)


def _refused_login(host: str, reason: str) -> str:
    return (
        f"{host} does not accept the admin's credentials ({without_settings(reason).rstrip('.')}). Set DATABRICKS_CLIENT_ID and "
        "DATABRICKS_CLIENT_SECRET, or another login of the Databricks SDK, to those of a workspace admin."
    )
