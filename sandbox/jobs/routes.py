from sandbox.clock import epoch_ms
from sandbox.errors import InvalidParameterValueError, Json
from sandbox.jobs.rows import Job, Run
from sandbox.paging import page_of
from sandbox.routing import Call, Routes

routes = Routes()

DEFAULT_PAGE = 20
LARGEST_PAGE = 100


def job_as_json(job: Job) -> Json:
    task = {"task_key": "main", "notebook_task": {"notebook_path": job.notebook_path}}
    settings = {"name": job.name, "max_concurrent_runs": job.max_concurrent_runs, "format": "MULTI_TASK", "tasks": [task]}
    return {"job_id": int(job.id), "creator_user_name": job.creator_name, "created_time": epoch_ms(job.created_at), "settings": settings}


def run_as_json(call: Call, run: Run) -> Json:
    life_cycle = call.workspace.jobs.life_cycle_state_of(run)
    ended = life_cycle == "TERMINATED"
    result = {"result_state": "CANCELED" if run.canceled else "SUCCESS"} if ended else {}
    return {
        "run_id": int(run.id),
        "number_in_job": int(run.id),
        "job_id": int(run.job_id),
        "creator_user_name": run.creator_name,
        "state": {"life_cycle_state": life_cycle, "state_message": "", **result},
        "status": {"state": life_cycle},
        "start_time": epoch_ms(run.started_at),
        "end_time": epoch_ms(run.ends_at) if ended else 0,
        "run_page_url": f"http://{call.headers['host']}/#job/{run.job_id}/run/{run.id}",
    }


def _page_size(call: Call) -> int:
    size = call.number("limit", default=DEFAULT_PAGE)
    if not 0 < size <= LARGEST_PAGE:
        raise InvalidParameterValueError(f"limit must be between 1 and {LARGEST_PAGE}.")
    return size


@routes.get("/api/2.2/jobs/list")
@routes.get("/api/2.1/jobs/list")
def list_jobs(call: Call) -> Json:
    visible = call.workspace.jobs.visible(call.caller, call.query.get("name"))
    page, token = page_of(visible, size=_page_size(call), token=call.query.get("page_token"))
    found = {"jobs": [job_as_json(job) for job in page]} if page else {}
    return {**found, "has_more": bool(token), **({"next_page_token": token} if token else {})}


@routes.get("/api/2.2/jobs/get")
@routes.get("/api/2.1/jobs/get")
def get_job(call: Call) -> Json:
    job = call.workspace.jobs.get(call.caller, call.required("job_id"), at_least="CAN_VIEW")
    return {**job_as_json(job), "run_as_user_name": job.creator_name}


@routes.post("/api/2.2/jobs/create")
@routes.post("/api/2.1/jobs/create")
def create_job(call: Call) -> Json:
    return {"job_id": int(call.workspace.jobs.create(call.caller, str(call.body.get("name", "Untitled"))).id)}


@routes.post("/api/2.2/jobs/delete")
@routes.post("/api/2.1/jobs/delete")
def delete_job(call: Call) -> Json:
    call.workspace.jobs.delete(call.caller, call.required("job_id"))
    return {}


@routes.post("/api/2.2/jobs/run-now")
@routes.post("/api/2.1/jobs/run-now")
def run_now(call: Call) -> Json:
    run = call.workspace.jobs.run_now(call.caller, call.required("job_id"), call.body.get("idempotency_token"))
    return {"run_id": int(run.id), "number_in_job": int(run.id)}


@routes.get("/api/2.2/jobs/runs/get")
@routes.get("/api/2.1/jobs/runs/get")
def get_run(call: Call) -> Json:
    return run_as_json(call, call.workspace.jobs.run(call.caller, call.required("run_id"), at_least="CAN_VIEW"))


@routes.get("/api/2.2/jobs/runs/list")
@routes.get("/api/2.1/jobs/runs/list")
def list_runs(call: Call) -> Json:
    runs = call.workspace.jobs.runs(call.caller, call.query.get("job_id"))
    page, token = page_of(runs, size=_page_size(call), token=call.query.get("page_token"))
    found = {"runs": [run_as_json(call, run) for run in page]} if page else {}
    return {**found, "has_more": bool(token), **({"next_page_token": token} if token else {})}


@routes.post("/api/2.2/jobs/runs/cancel")
@routes.post("/api/2.1/jobs/runs/cancel")
def cancel_run(call: Call) -> Json:
    call.workspace.jobs.cancel(call.caller, call.required("run_id"))
    return {}
