from sandbox.errors import Json
from sandbox.routing import Call, Routes
from sandbox.sql.request import request_of

routes = Routes()
BASE = "/api/2.0/sql/statements"


@routes.post(BASE)
async def execute_statement(call: Call) -> Json:
    """A statement that fails is a 200, too (api-facts: 8.1)."""
    statement = await call.workspace.statements.execute(call.caller, request_of(call.body, call.caller.name))
    return statement.as_json()


@routes.get(f"{BASE}/{{statement_id}}")
def get_statement(call: Call, statement_id: str) -> Json:
    return call.workspace.statements.get(call.caller, statement_id).as_json()


@routes.get(f"{BASE}/{{statement_id}}/result/chunks/{{index}}")
def get_chunk(call: Call, statement_id: str, index: str) -> Json:
    return call.workspace.statements.chunk(call.caller, statement_id, index)


@routes.post(f"{BASE}/{{statement_id}}/cancel")
def cancel_statement(call: Call, statement_id: str) -> Json:
    call.workspace.statements.cancel(call.caller, statement_id)
    return {}
