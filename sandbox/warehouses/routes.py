from sandbox.errors import Json
from sandbox.paging import page_of
from sandbox.routing import Call, Routes
from sandbox.warehouses.rows import Warehouse

routes = Routes()


def as_json(call: Call, warehouse: Warehouse) -> Json:
    host = call.headers["host"]
    path = f"/sql/1.0/warehouses/{warehouse.id}"
    state = call.workspace.warehouses.state_of(warehouse)
    return {
        "id": warehouse.id,
        "name": warehouse.name,
        "cluster_size": warehouse.cluster_size,
        "min_num_clusters": 1,
        "max_num_clusters": 1,
        "num_clusters": 1 if state == "RUNNING" else 0,
        "num_active_sessions": 0,
        "auto_stop_mins": warehouse.auto_stop_mins,
        "creator_name": warehouse.creator_name,
        "state": state,
        "warehouse_type": warehouse.warehouse_type,
        "enable_serverless_compute": warehouse.serverless,
        "jdbc_url": f"jdbc:spark://{host.split(':')[0]}:443/default;transportMode=http;ssl=1;AuthMech=3;httpPath={path};",
        "odbc_params": {"hostname": host.split(":")[0], "path": path, "protocol": "https", "port": 443},
        "health": {"status": "HEALTHY"} if state == "RUNNING" else {},
        "channel": {"name": "CHANNEL_NAME_CURRENT"},
    }


@routes.get("/api/2.0/sql/warehouses")
def list_warehouses(call: Call) -> Json:
    visible = call.workspace.warehouses.visible(call.caller)
    size = call.number("page_size", default=0) or len(visible) or 1
    page, token = page_of(visible, size=size, token=call.query.get("page_token"))
    return {"warehouses": [as_json(call, row) for row in page], **({"next_page_token": token} if token else {})} if page else {}


@routes.post("/api/2.0/sql/warehouses")
def create_warehouse(call: Call) -> Json:
    size = call.body.get("cluster_size", "Small")
    return {"id": call.workspace.warehouses.create(call.caller, call.required("name"), size).id}


@routes.get("/api/2.0/sql/warehouses/{warehouse_id}")
def get_warehouse(call: Call, warehouse_id: str) -> Json:
    return as_json(call, call.workspace.warehouses.get(call.caller, warehouse_id, at_least="CAN_VIEW"))


@routes.post("/api/2.0/sql/warehouses/{warehouse_id}/start")
def start_warehouse(call: Call, warehouse_id: str) -> Json:
    call.workspace.warehouses.start(call.caller, warehouse_id)
    return {}


@routes.post("/api/2.0/sql/warehouses/{warehouse_id}/stop")
def stop_warehouse(call: Call, warehouse_id: str) -> Json:
    call.workspace.warehouses.stop(call.caller, warehouse_id)
    return {}


@routes.post("/api/2.0/sql/warehouses/{warehouse_id}/edit")
def edit_warehouse(call: Call, warehouse_id: str) -> Json:
    call.workspace.warehouses.edit(call.caller, warehouse_id, call.required("name"))
    return {}


@routes.delete("/api/2.0/sql/warehouses/{warehouse_id}")
def delete_warehouse(call: Call, warehouse_id: str) -> Json:
    call.workspace.warehouses.delete(call.caller, warehouse_id)
    return {}
