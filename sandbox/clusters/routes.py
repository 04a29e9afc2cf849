from sandbox.clusters.rows import Cluster
from sandbox.errors import InvalidParameterValueError, Json
from sandbox.paging import page_of
from sandbox.routing import Call, Routes

routes = Routes()

LARGEST_PAGE = 100
SOURCE = "UI"
"""Where all clusters here come from; and none is pinned."""


def as_json(call: Call, cluster: Cluster) -> Json:
    return {
        "cluster_id": cluster.id,
        "cluster_name": cluster.name,
        "creator_user_name": cluster.creator_name,
        "state": call.workspace.clusters.state_of(cluster),
        "state_message": "",
        "spark_version": cluster.spark_version,
        "node_type_id": cluster.node_type_id,
        "num_workers": cluster.num_workers,
        "data_security_mode": "USER_ISOLATION",
        "cluster_source": SOURCE,
    }


@routes.get("/api/2.1/clusters/list")
@routes.get("/api/2.0/clusters/list")
def list_clusters(call: Call) -> Json:
    size = call.number("page_size", default=0) or LARGEST_PAGE
    if not 0 < size <= LARGEST_PAGE:
        raise InvalidParameterValueError(f"page_size must be between 1 and {LARGEST_PAGE}.")
    visible = call.workspace.clusters.visible(call.caller)
    sources = call.query.getlist("filter_by.cluster_sources")
    if call.query.get("filter_by.is_pinned") == "true" or (sources and SOURCE not in sources):
        visible = []
    page, token = page_of(visible, size=size, token=call.query.get("page_token"))
    return {"clusters": [as_json(call, row) for row in page], **({"next_page_token": token} if token else {})} if page else {}


@routes.get("/api/2.1/clusters/get")
@routes.get("/api/2.0/clusters/get")
def get_cluster(call: Call) -> Json:
    return as_json(call, call.workspace.clusters.get(call.caller, call.required("cluster_id"), at_least="CAN_ATTACH_TO"))


@routes.post("/api/2.1/clusters/create")
@routes.post("/api/2.0/clusters/create")
def create_cluster(call: Call) -> Json:
    name, version, workers = call.body.get("cluster_name", ""), call.required("spark_version"), call.body.get("num_workers", 0)
    policy, pool = call.body.get("policy_id"), call.body.get("instance_pool_id")
    cluster = call.workspace.clusters.create(call.caller, name, version, workers, policy_id=policy, pool_id=pool)
    return {"cluster_id": cluster.id}


@routes.post("/api/2.1/clusters/start")
@routes.post("/api/2.0/clusters/start")
def start_cluster(call: Call) -> Json:
    call.workspace.clusters.start(call.caller, call.required("cluster_id"))
    return {}


@routes.post("/api/2.1/clusters/restart")
@routes.post("/api/2.0/clusters/restart")
def restart_cluster(call: Call) -> Json:
    call.workspace.clusters.restart(call.caller, call.required("cluster_id"))
    return {}


@routes.post("/api/2.1/clusters/delete")
@routes.post("/api/2.0/clusters/delete")
def terminate_cluster(call: Call) -> Json:
    call.workspace.clusters.terminate(call.caller, call.required("cluster_id"))
    return {}


@routes.post("/api/2.1/clusters/permanent-delete")
@routes.post("/api/2.0/clusters/permanent-delete")
def delete_cluster(call: Call) -> Json:
    call.workspace.clusters.delete(call.caller, call.required("cluster_id"))
    return {}
