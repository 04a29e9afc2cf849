package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/databricks/databricks-sdk-go/listing"
	"github.com/databricks/databricks-sdk-go/service/apps"
	"github.com/databricks/databricks-sdk-go/service/compute"
	"github.com/databricks/databricks-sdk-go/service/dashboards"
	"github.com/databricks/databricks-sdk-go/service/database"
	"github.com/databricks/databricks-sdk-go/service/jobs"
	"github.com/databricks/databricks-sdk-go/service/knowledgeassistants"
	"github.com/databricks/databricks-sdk-go/service/ml"
	"github.com/databricks/databricks-sdk-go/service/pipelines"
	"github.com/databricks/databricks-sdk-go/service/postgres"
	"github.com/databricks/databricks-sdk-go/service/serving"
	"github.com/databricks/databricks-sdk-go/service/sql"
	"github.com/databricks/databricks-sdk-go/service/supervisoragents"
	"github.com/databricks/databricks-sdk-go/service/vectorsearch"
	"github.com/databricks/databricks-sdk-go/service/workspace"
)

// An object, as a listing names it, with the id that the Permissions API takes.
type object struct{ id, name string }

// A kind of object: the word that the Permissions API has for it, and how its objects are listed, in pages smaller than the list.
type kind struct {
	requestType string
	list        func(*session) ([]object, error)
}

var kinds = []kind{
	{"sql/warehouses", func(s *session) ([]object, error) {
		found := s.admin.Warehouses.List(s.ctx, sql.ListWarehousesRequest{PageSize: 7})
		return named(s.ctx, found, func(one sql.EndpointInfo) object { return object{one.Id, one.Name} })
	}},
	{"clusters", func(s *session) ([]object, error) {
		found := s.admin.Clusters.List(s.ctx, compute.ListClustersRequest{PageSize: 7})
		return named(s.ctx, found, func(one compute.ClusterDetails) object { return object{one.ClusterId, one.ClusterName} })
	}},
	{"jobs", func(s *session) ([]object, error) {
		found := s.admin.Jobs.List(s.ctx, jobs.ListJobsRequest{Limit: 25})
		return named(s.ctx, found, func(one jobs.BaseJob) object { return object{number(one.JobId), one.Settings.Name} })
	}},
	{"pipelines", func(s *session) ([]object, error) {
		found := s.admin.Pipelines.ListPipelines(s.ctx, pipelines.ListPipelinesRequest{MaxResults: 50})
		return named(s.ctx, found, func(one pipelines.PipelineStateInfo) object { return object{one.PipelineId, one.Name} })
	}},
	{"cluster-policies", func(s *session) ([]object, error) {
		found := s.admin.ClusterPolicies.List(s.ctx, compute.ListClusterPoliciesRequest{})
		return named(s.ctx, found, func(one compute.Policy) object { return object{one.PolicyId, one.Name} })
	}},
	{"instance-pools", func(s *session) ([]object, error) {
		found := s.admin.InstancePools.List(s.ctx)
		return named(s.ctx, found, func(one compute.InstancePoolAndStats) object {
			return object{one.InstancePoolId, one.InstancePoolName}
		})
	}},
	{"directories", func(s *session) ([]object, error) { return tree(s, workspace.ObjectTypeDirectory) }},
	{"notebooks", func(s *session) ([]object, error) { return tree(s, workspace.ObjectTypeNotebook) }},
	{"files", func(s *session) ([]object, error) { return tree(s, workspace.ObjectTypeFile) }},
	{"repos", func(s *session) ([]object, error) {
		found := s.admin.Repos.List(s.ctx, workspace.ListReposRequest{})
		return named(s.ctx, found, func(one workspace.RepoInfo) object { return object{number(one.Id), one.Path} })
	}},
	{"experiments", func(s *session) ([]object, error) {
		found := s.admin.Experiments.ListExperiments(s.ctx, ml.ListExperimentsRequest{MaxResults: 2})
		return named(s.ctx, found, func(one ml.Experiment) object { return object{one.ExperimentId, one.Name} })
	}},
	{"registered-models", registeredModels},
	{"serving-endpoints", func(s *session) ([]object, error) {
		found := s.admin.ServingEndpoints.List(s.ctx)
		return named(s.ctx, found, func(one serving.ServingEndpoint) object { return object{one.Id, one.Name} })
	}},
	{"vector-search-endpoints", func(s *session) ([]object, error) {
		found := s.admin.VectorSearchEndpoints.ListEndpoints(s.ctx, vectorsearch.ListEndpointsRequest{})
		return named(s.ctx, found, func(one vectorsearch.EndpointInfo) object { return object{one.Id, one.Name} })
	}},
	{"dashboards", func(s *session) ([]object, error) {
		found := s.admin.Lakeview.List(s.ctx, dashboards.ListDashboardsRequest{PageSize: 2})
		return named(s.ctx, found, func(one dashboards.Dashboard) object { return object{one.DashboardId, one.DisplayName} })
	}},
	{"dbsql-dashboards", func(s *session) ([]object, error) {
		found := s.admin.Dashboards.List(s.ctx, sql.ListDashboardsRequest{PageSize: 2})
		return named(s.ctx, found, func(one sql.Dashboard) object { return object{one.Id, one.Name} })
	}},
	{"sql/queries", func(s *session) ([]object, error) {
		found := s.admin.Queries.List(s.ctx, sql.ListQueriesRequest{PageSize: 2})
		return named(s.ctx, found, func(one sql.ListQueryObjectsResponseQuery) object { return object{one.Id, one.DisplayName} })
	}},
	{"sql/alerts", func(s *session) ([]object, error) {
		found := s.admin.Alerts.List(s.ctx, sql.ListAlertsRequest{PageSize: 2})
		return named(s.ctx, found, func(one sql.ListAlertsResponseAlert) object { return object{one.Id, one.DisplayName} })
	}},
	{"alertsv2", func(s *session) ([]object, error) {
		found := s.admin.AlertsV2.ListAlerts(s.ctx, sql.ListAlertsV2Request{PageSize: 2})
		return named(s.ctx, found, func(one sql.AlertV2) object { return object{one.Id, one.DisplayName} })
	}},
	{"genie", genieSpaces},
	{"apps", func(s *session) ([]object, error) {
		found := s.admin.Apps.List(s.ctx, apps.ListAppsRequest{PageSize: 2})
		return named(s.ctx, found, func(one apps.App) object { return object{one.Name, one.Name} })
	}},
	{"database-instances", func(s *session) ([]object, error) {
		found := s.admin.Database.ListDatabaseInstances(s.ctx, database.ListDatabaseInstancesRequest{PageSize: 2})
		return named(s.ctx, found, func(one database.DatabaseInstance) object { return object{one.Name, one.Name} })
	}},
	{"database-projects", func(s *session) ([]object, error) {
		found := s.admin.Postgres.ListProjects(s.ctx, postgres.ListProjectsRequest{PageSize: 2})
		return named(s.ctx, found, func(one postgres.Project) object {
			name := strings.TrimPrefix(one.Name, "projects/")
			return object{name, name}
		})
	}},
	{"knowledge-assistants", func(s *session) ([]object, error) {
		found := s.admin.KnowledgeAssistants.ListKnowledgeAssistants(s.ctx, knowledgeassistants.ListKnowledgeAssistantsRequest{PageSize: 2})
		return named(s.ctx, found, func(one knowledgeassistants.KnowledgeAssistant) object { return object{one.Id, one.DisplayName} })
	}},
	{"supervisor-agents", func(s *session) ([]object, error) {
		found := s.admin.SupervisorAgents.ListSupervisorAgents(s.ctx, supervisoragents.ListSupervisorAgentsRequest{PageSize: 2})
		return named(s.ctx, found, func(one supervisoragents.SupervisorAgent) object {
			return object{one.SupervisorAgentId, one.DisplayName}
		})
	}},
}

func named[T any](ctx context.Context, found listing.Iterator[T], as func(T) object) ([]object, error) {
	items, err := listing.ToSlice(ctx, found)
	objects := []object{}
	for _, one := range items {
		objects = append(objects, as(one))
	}
	return objects, err
}

func number(id int64) string { return strconv.FormatInt(id, 10) }

// tree walks the workspace from its root: a listing holds one directory.
func tree(s *session, objectType workspace.ObjectType) ([]object, error) {
	found := []object{}
	for ahead := []string{"/"}; len(ahead) > 0; ahead = ahead[1:] {
		items, err := s.admin.Workspace.ListAll(s.ctx, workspace.ListWorkspaceRequest{Path: ahead[0]})
		if err != nil {
			return nil, err
		}
		for _, one := range items {
			if one.ObjectType == objectType {
				found = append(found, object{number(one.ObjectId), one.Path})
			}
			if one.ObjectType == workspace.ObjectTypeDirectory {
				ahead = append(ahead, one.Path)
			}
		}
	}
	return found, nil
}

// registeredModels asks for each by its name, since a listing has no ids.
func registeredModels(s *session) ([]object, error) {
	models, err := s.admin.ModelRegistry.ListModelsAll(s.ctx, ml.ListModelsRequest{MaxResults: 2})
	found := []object{}
	for _, one := range models {
		model, err := s.admin.ModelRegistry.GetModel(s.ctx, ml.GetModelRequest{Name: one.Name})
		if err != nil {
			return nil, err
		}
		found = append(found, object{model.RegisteredModelDatabricks.Id, model.RegisteredModelDatabricks.Name})
	}
	return found, err
}

// genieSpaces turns the pages itself, as the SDK has no iterator for them.
func genieSpaces(s *session) ([]object, error) {
	found := []object{}
	request := dashboards.GenieListSpacesRequest{PageSize: 2}
	for {
		page, err := s.admin.Genie.ListSpaces(s.ctx, request)
		if err != nil {
			return nil, err
		}
		for _, one := range page.Spaces {
			found = append(found, object{one.SpaceId, one.Title})
		}
		if page.NextPageToken == "" {
			return found, nil
		}
		request.PageToken = page.NextPageToken
	}
}

func find(s *session, requestType, name string) (object, error) {
	of := slices.IndexFunc(kinds, func(one kind) bool { return one.requestType == requestType })
	found, err := kinds[of].list(s)
	if err != nil {
		return object{}, err
	}
	at := slices.IndexFunc(found, func(one object) bool { return one.name == name })
	if at < 0 {
		return object{}, fmt.Errorf("there is no %s named %s", requestType, name)
	}
	return found[at], nil
}
