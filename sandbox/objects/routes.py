"""The same few routes for each kind of plain object, as its collection says; and what some of them are used for."""

from sandbox.errors import BadRequestError, InvalidParameterValueError, Json
from sandbox.objects.collection import Collection, Making, Paging
from sandbox.objects.collections import COLLECTIONS, ENDPOINTS, EXPERIMENTS, MODELS, REPOS
from sandbox.objects.renderings import model
from sandbox.objects.rows import NamedObject
from sandbox.paging import page_of
from sandbox.permissions.kind import MANAGE
from sandbox.routing import Answer, Call, Handler, Routes

routes = Routes()

INPUTS = ("inputs", "instances", "dataframe_records")


def _listing(collection: Collection) -> Handler:
    def list_objects(call: Call) -> Json:
        rows = call.workspace.objects.visible(call.caller, collection.kind)
        if collection.matches:
            rows = [row for row in rows if collection.matches(call, row)]
        if collection.paging and collection.paging.numbered:
            return _numbered_page(call, collection, collection.paging, rows)
        return _page(call, collection, rows)

    return list_objects


def _page(call: Call, collection: Collection, rows: list[NamedObject]) -> Json:
    paging, token = collection.paging, ""
    if paging:
        asked = call.body.get(paging.token) if call.method == "POST" else call.query.get(paging.token)
        page, token = page_of(rows, size=_size(call, paging), token=asked)
        rows = list(page)
    found = {collection.items: [collection.listed(call, row) for row in rows]} if rows else {}
    return {**found, **({"next_page_token": token} if token else {})}


def _numbered_page(call: Call, collection: Collection, paging: Paging, rows: list[NamedObject]) -> Json:
    size, number = _size(call, paging), call.number("page", default=1)
    page = rows[(number - 1) * size : number * size]
    return {"count": len(rows), "page": number, "page_size": size, collection.items: [collection.listed(call, row) for row in page]}


def _size(call: Call, paging: Paging) -> int:
    given = call.body.get(paging.size) if call.method == "POST" else call.query.get(paging.size)
    try:
        size = int(given or 0) or paging.default
    except ValueError as reason:
        raise InvalidParameterValueError(f"{paging.size} must be a number, not '{given}'.") from reason
    if not 0 < size <= paging.largest:
        raise InvalidParameterValueError(f"{paging.size} must be between 1 and {paging.largest}.")
    return size


def _creation(collection: Collection, making: Making) -> Handler:
    def create(call: Call) -> Json:
        given = call.body.get(making.within) if making.within else call.body
        name = given.get(making.name) if isinstance(given, dict) else None
        if not isinstance(given, dict) or not isinstance(name, str) or not name:
            raise InvalidParameterValueError(f"Missing required field: {making.name}")
        folder, content = str(given.get("parent_path") or ""), str(given.get(making.content) or "")
        row = call.workspace.objects.create(call.caller, collection.kind, name, folder=folder, content=content)
        return (making.answer or collection.one)(call, row)

    return create


def _delete(collection: Collection, call: Call, asked: str) -> Json:
    call.workspace.objects.delete(collection.kind, collection.find(call, asked, at_least=MANAGE))
    return {}


def _serve(collection: Collection) -> None:
    path, parameter = collection.path, collection.parameter
    if parameter:
        routes.get(f"{path}/list")(_listing(collection))
        routes.get(f"{path}/get")(lambda call: collection.one(call, collection.find(call, call.required(parameter))))
        routes.post(f"{path}/delete")(lambda call: _delete(collection, call, call.required(parameter)))
    else:
        routes.get(path)(_listing(collection))
        routes.get(f"{path}/{{asked}}")(lambda call, asked: collection.one(call, collection.find(call, asked)))
        routes.delete(f"{path}/{{asked}}")(lambda call, asked: _delete(collection, call, asked))
    if collection.making:
        routes.post(f"{path}/create" if parameter else path)(_creation(collection, collection.making))


for each in COLLECTIONS:
    _serve(each)

routes.post("/api/2.0/mlflow/experiments/search")(_listing(EXPERIMENTS))
routes.get("/api/2.0/mlflow/registered-models/search")(_listing(MODELS))


@routes.get("/api/2.0/mlflow/experiments/get-by-name")
def get_experiment_by_name(call: Call) -> Json:
    name = call.required("experiment_name")
    missing = "Node ID {id} does not exist."
    return EXPERIMENTS.one(call, call.workspace.objects.by_name(call.caller, EXPERIMENTS.kind, name, missing=missing))


@routes.get("/api/2.0/mlflow/databricks/registered-models/get")
def get_model(call: Call) -> Json:
    return model(call, MODELS.find(call, call.required("name")))


@routes.delete("/api/2.0/mlflow/registered-models/delete")
def delete_model(call: Call) -> Json:
    return _delete(MODELS, call, str(call.query.get("name")))


@routes.patch("/api/2.0/repos/{repo_id}")
def update_repo(call: Call, repo_id: str) -> Json:
    """Checks another branch out; there is nothing to fetch here."""
    return REPOS.one(call, REPOS.find(call, repo_id, at_least="CAN_EDIT"))


@routes.post("/serving-endpoints/{name}/invocations")
def query_endpoint(call: Call, name: str) -> Answer:
    """The model behind every endpoint answers what it is asked (api-facts: 8.2)."""
    endpoint = ENDPOINTS.find(call, name, at_least="CAN_QUERY")
    split = call.body.get("dataframe_split")
    rows = next((call.body[key] for key in INPUTS if key in call.body), split.get("data") if isinstance(split, dict) else None)
    if rows is None:
        raise BadRequestError(f"Failed to parse the request: one of {', '.join(INPUTS)} and dataframe_split is required.")
    return Answer({"predictions": rows}, headers={"served-model-name": endpoint.name})
