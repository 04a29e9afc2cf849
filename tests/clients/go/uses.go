package main

import (
	"strconv"

	"github.com/databricks/databricks-sdk-go/service/compute"
	"github.com/databricks/databricks-sdk-go/service/iam"
	"github.com/databricks/databricks-sdk-go/service/jobs"
	"github.com/databricks/databricks-sdk-go/service/pipelines"
	"github.com/databricks/databricks-sdk-go/service/serving"
	"github.com/databricks/databricks-sdk-go/service/sql"
)

// allow gives a newcomer a level on an object of that name.
func (s *session) allow(guest *newcomer, requestType, name, level string) (object, error) {
	found, err := find(s, requestType, name)
	if err != nil {
		return found, err
	}
	entry := iam.AccessControlRequest{ServicePrincipalName: guest.applicationID, PermissionLevel: iam.PermissionLevel(level)}
	_, err = s.admin.Permissions.Update(s.ctx, iam.UpdateObjectPermissions{
		RequestObjectType: requestType, RequestObjectId: found.id, AccessControlList: []iam.AccessControlRequest{entry},
	})
	return found, err
}

// uses is what an integration does with what it was granted.
func uses(s *session) {
	user := step("a user of objects", func() (*newcomer, error) {
		return s.newcomer("go-user", "workspace-access", "databricks-sql-access")
	}, nothing)
	w := user.client

	refused("a job without a level", func() error {
		job, err := find(s, "jobs", "nightly-survey-load")
		if err != nil {
			return err
		}
		id, err := strconv.ParseInt(job.id, 10, 64)
		if err != nil {
			return err
		}
		_, err = w.Jobs.RunNow(s.ctx, jobs.RunNow{JobId: id})
		return err
	})

	step("run a job to its end", func() (*jobs.Run, error) {
		job, err := s.allow(user, "jobs", "nightly-survey-load", "CAN_MANAGE_RUN")
		if err != nil {
			return nil, err
		}
		id, err := strconv.ParseInt(job.id, 10, 64)
		if err != nil {
			return nil, err
		}
		run, err := w.Jobs.RunNow(s.ctx, jobs.RunNow{JobId: id})
		if err != nil {
			return nil, err
		}
		return run.Get()
	}, func(run *jobs.Run) any {
		return map[string]any{"result": run.State.ResultState, "is_its_own": run.CreatorUserName == user.applicationID}
	})

	step("restart a cluster", func() (*compute.ClusterDetails, error) {
		cluster, err := s.allow(user, "clusters", "shared-analytics", "CAN_RESTART")
		if err != nil {
			return nil, err
		}
		restart, err := w.Clusters.Restart(s.ctx, compute.RestartCluster{ClusterId: cluster.id})
		if err != nil {
			return nil, err
		}
		return restart.Get()
	}, func(cluster *compute.ClusterDetails) any { return cluster.State })

	warehouse := step("start a warehouse", func() (*sql.GetWarehouseResponse, error) {
		warehouse, err := s.allow(user, "sql/warehouses", "platform-admin", "CAN_USE")
		if err != nil {
			return nil, err
		}
		start, err := w.Warehouses.Start(s.ctx, sql.StartRequest{Id: warehouse.id})
		if err != nil {
			return nil, err
		}
		return start.Get()
	}, func(warehouse *sql.GetWarehouseResponse) any { return warehouse.State })

	refused("stop a warehouse with CAN_USE", func() error {
		_, err := w.Warehouses.Stop(s.ctx, sql.StopRequest{Id: warehouse.Id})
		return err
	})

	step("stop a warehouse", func() (*sql.GetWarehouseResponse, error) {
		stop, err := s.admin.Warehouses.Stop(s.ctx, sql.StopRequest{Id: warehouse.Id})
		if err != nil {
			return nil, err
		}
		return stop.Get()
	}, func(warehouse *sql.GetWarehouseResponse) any { return warehouse.State })

	step("update a pipeline", func() (*pipelines.GetUpdateResponse, error) {
		pipeline, err := s.allow(user, "pipelines", "orders-bronze", "CAN_RUN")
		if err != nil {
			return nil, err
		}
		update, err := w.Pipelines.StartUpdate(s.ctx, pipelines.StartUpdate{PipelineId: pipeline.id})
		if err != nil {
			return nil, err
		}
		return w.Pipelines.GetUpdateByPipelineIdAndUpdateId(s.ctx, pipeline.id, update.UpdateId)
	}, func(found *pipelines.GetUpdateResponse) any { return found.Update.State != "" })

	step("stop a pipeline", func() (*pipelines.GetPipelineResponse, error) {
		pipeline, err := find(s, "pipelines", "orders-bronze")
		if err != nil {
			return nil, err
		}
		stop, err := w.Pipelines.Stop(s.ctx, pipelines.StopRequest{PipelineId: pipeline.id})
		if err != nil {
			return nil, err
		}
		return stop.Get()
	}, func(pipeline *pipelines.GetPipelineResponse) any { return pipeline.State })

	ask := func() (*serving.QueryEndpointResponse, error) {
		return w.ServingEndpoints.Query(s.ctx, serving.QueryEndpointInput{Name: "churn-prod", Inputs: []int{1, 2}})
	}
	refused("query an endpoint without a level", func() error {
		_, err := ask()
		return err
	})
	step("query an endpoint", func() (*serving.QueryEndpointResponse, error) {
		if _, err := s.allow(user, "serving-endpoints", "churn-prod", "CAN_QUERY"); err != nil {
			return nil, err
		}
		return ask()
	}, func(answer *serving.QueryEndpointResponse) any { return answer.Predictions })
}
