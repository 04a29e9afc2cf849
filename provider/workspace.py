"""The one way from the provider to a workspace: databricks-sdk, as the admin that the environment names."""

import asyncio
import contextlib
import functools
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from databricks.sdk.core import ApiClient, Config
from databricks.sdk.errors import InternalError, Unauthenticated
from requests import RequestException

from checks.login import Login, LoginRefused, Send, forgetting, renewing
from checks.sdk import settings, without_settings
from checks.staying import staying
from checks.troubles import Endurance, StillInTrouble, enduring, trouble_of
from checks.waiting import TellingClock, say
from model.faults import BrickpassError, WorkspaceUnreachable

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

# The engine's own bound on what runs at once, so that no call waits for a thread.
PARALLEL = 64
# More than four at once, of everybody in the workspace, are turned away. (databricks-sdk-go#721)
SCIM_AT_ONCE = 4

Json = dict[str, Any]
R = TypeVar("R")

# After these, too, the request may have been done; after the last it was not, but what it was made of is as old as a new login takes.
_UNCLEAR = (InternalError, RequestException, Unauthenticated)


class Unanswered(BrickpassError):
    """A request that is sent only once got no clear answer: it may have been done, or not."""


class _NotRepeated(TimeoutError):
    """What the SDK would have repeated is the cause."""


class WrongWorkspace(BrickpassError):
    """The host answers as another workspace than the one that the stack was made for."""


class _OnceClock(TellingClock):
    """The SDK's clock, on which a request of ours runs out of time before its first repetition.

    The SDK repeats without a word to anybody, every method, after a lost answer too (api-facts: 2.3), and has no other way to be told
    not to. It goes on for the checks, which share the login.
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
            super().sleep(seconds)


class Workspace:
    """Calls one workspace, or its account. It logs in at the first call, and refuses to work on another workspace than `workspace_id`."""

    def __init__(
        self, host: str, *, workspace_id: str | None = None, account_id: str | None = None, trusted_hosts: Collection[str] = ()
    ) -> None:
        self.host = host
        self.trusted_hosts = trusted_hosts
        self.account_id = account_id
        """Set where it is an account's console that is called."""
        self._workspace_id = workspace_id
        self._clock = _OnceClock()
        self._threads = ThreadPoolExecutor(PARALLEL, thread_name_prefix="workspace")
        self._scim = asyncio.Semaphore(SCIM_AT_ONCE)
        self._connecting: asyncio.Future[_Connection] | None = None

    async def do(
        self, method: str, path: str, *, query: Mapping[str, object] | None = None, body: Json | None = None, once: bool = False
    ) -> Json:
        """The answer's JSON.

        While the workspace is in trouble the request is repeated, whatever became of the one before. With `once` it is not, for no reason
        at all: who sends it looks at what there is by now, and makes another.

        Raises:
            DatabricksError: what the workspace refused.
            StillInTrouble: when it was repeated for long enough.
            Unanswered: with `once`, when it is not known whether the request was done, or it was not and may be tried again.
            WorkspaceUnreachable: nobody answers, or the admin's credentials are refused.
            UntrustedHost: before anything is sent.
        """
        connection = await self._connected()
        send = connection.send_once if once else connection.api.do
        request = functools.partial(send, method, path, query=dict(query or {}), body=body)
        endurance = Endurance()
        while True:
            try:
                answer = await self._sent(path, request)
            except LoginRefused as error:
                raise WorkspaceUnreachable(_refused_login(self.host, str(error))) from None
            except Exception as error:
                trouble = trouble_of(error)
                if once and (trouble or isinstance(error, _UNCLEAR)):
                    say(f"{trouble.reason if trouble else 'no clear answer'}; what became of the request is looked at", 0.0)
                    raise Unanswered(f"{method} {path} got no clear answer ({error.__cause__ or error})") from error
                if trouble is None:
                    raise
                pause = endurance.pause(trouble)
                if pause is None:
                    raise endurance.over(f"{method} {path}", trouble, error) from error
            else:
                # Every API used here answers with an object, never with a list or a stream.
                return answer if isinstance(answer, dict) else {}
            await asyncio.sleep(pause)

    async def sdk(self) -> "WorkspaceClient":
        """The same login as the SDK's own client, for the checks."""
        from databricks.sdk import WorkspaceClient  # noqa: PLC0415 - it loads every service, which only the checks need

        connection = await self._connected()
        client = WorkspaceClient(config=connection.config)
        staying(renewing(client.api_client, connection.login))
        return client

    async def _sent(self, path: str, request: Callable[[], object]) -> object:
        async with self._scim if "/scim/v2/" in path else contextlib.nullcontext():
            return await self._in_thread(self._once, request)

    def _once(self, request: Callable[[], object]) -> object:
        with self._clock.once():
            try:
                return request()
            except TimeoutError as error:
                # On its way out of a thread a plain one would lose its cause. (`asyncio.futures._convert_future_exc`)
                raise _NotRepeated(str(error)) from error.__cause__

    async def _connected(self) -> "_Connection":
        # Once, its failure included: where nobody answers, a hundred resources must not each wait for that.
        if self._connecting is None:
            self._connecting = asyncio.ensure_future(self._in_thread(self._connect))
        return await asyncio.shield(self._connecting)

    def _connect(self) -> "_Connection":
        try:
            connection = enduring("the login", self._log_in)
        except StillInTrouble as error:
            raise WorkspaceUnreachable(str(error)) from None
        except (ValueError, OSError, LoginRefused) as error:
            raise WorkspaceUnreachable(_refused_login(self.host, str(error))) from None
        # Not the SDK's own `workspace_id`, which DATABRICKS_WORKSPACE_ID would take the place of.
        answers_as = connection.login.host_says.get("workspace_id")
        if self._workspace_id and answers_as and answers_as != self._workspace_id:
            raise WrongWorkspace(
                f"This stack belongs to workspace {self._workspace_id}, but {self.host} answers as workspace {answers_as}. "
                "Nothing was asked or changed there. One stack is one workspace: make a new stack for the other one."
            )
        return connection

    def _log_in(self) -> "_Connection":
        login = Login(self.host, self.trusted_hosts)
        # The SDK takes the one of these two for the other, so both say how many connections there may be.
        config = Config(
            host=self.host,
            account_id=self.account_id,
            credentials_strategy=login,
            clock=self._clock,
            max_connection_pools=PARALLEL,
            max_connections_per_pool=PARALLEL,
            **settings(),
        )
        config.authenticate()
        api = staying(ApiClient(config))
        return _Connection(config, login, send_once=forgetting(api.do, login), api=renewing(api, login))

    async def _in_thread(self, call: Callable[..., R], *args: object) -> R:
        # With its context: a wait in there is shown beside the resource that it is for.
        return await asyncio.get_running_loop().run_in_executor(self._threads, functools.partial(copy_context().run, call, *args))


@dataclass(frozen=True)
class _Connection:
    config: Config
    login: Login
    send_once: Send
    api: ApiClient


def _refused_login(host: str, reason: str) -> str:
    return (
        f"{host} does not accept the admin's credentials ({without_settings(reason).rstrip('.')}). Set DATABRICKS_CLIENT_ID and "
        "DATABRICKS_CLIENT_SECRET, or another login of the Databricks SDK, to those of a workspace admin."
    )
