package main

import (
	"net/http"

	"github.com/databricks/databricks-sdk-go"
	"github.com/databricks/databricks-sdk-go/service/catalog"
	"github.com/databricks/databricks-sdk-go/service/compute"
	"github.com/databricks/databricks-sdk-go/service/dashboards"
	"github.com/databricks/databricks-sdk-go/service/iam"
	"github.com/databricks/databricks-sdk-go/service/jobs"
	"github.com/databricks/databricks-sdk-go/service/oauth2"
)

const nobody = "00000000-0000-0000-0000-000000000000"

// refusals is one of each kind of error that the sandbox knows.
func refusals(s *session) {
	guest := step("a guest to be refused", func() (*newcomer, error) { return s.newcomer("go-refused", "workspace-access") }, nothing)
	warehouse := step("a warehouse to be refused", func() (object, error) { return find(s, "sql/warehouses", "bi-serverless") }, nothing)
	add := func(requestType, id string, entry iam.AccessControlRequest) error {
		_, err := s.admin.Permissions.Update(s.ctx, iam.UpdateObjectPermissions{
			RequestObjectType: requestType, RequestObjectId: id, AccessControlList: []iam.AccessControlRequest{entry},
		})
		return err
	}
	grant := func(securableType, name, principal, privilege string) error {
		change := catalog.PermissionsChange{Principal: principal, Add: []catalog.Privilege{catalog.Privilege(privilege)}}
		_, err := s.admin.Grants.Update(s.ctx, catalog.UpdatePermissions{
			SecurableType: securableType, FullName: name, Changes: []catalog.PermissionsChange{change},
		})
		return err
	}
	for _, one := range []struct {
		name string
		do   func() error
	}{
		{"no such path", func() error {
			_, err := s.send(http.MethodGet, "/api/2.0/nope", nil)
			return err
		}},
		{"no such warehouse", func() error {
			_, err := s.admin.Warehouses.GetById(s.ctx, "0123")
			return err
		}},
		{"no such cluster", func() error {
			_, err := s.admin.Clusters.GetByClusterId(s.ctx, "0101-x")
			return err
		}},
		{"no such job", func() error {
			_, err := s.admin.Jobs.GetByJobId(s.ctx, 123)
			return err
		}},
		{"no such run", func() error {
			_, err := s.admin.Jobs.GetRun(s.ctx, jobs.GetRunRequest{RunId: 123})
			return err
		}},
		{"an unknown token", func() error {
			client, err := databricks.NewWorkspaceClient(&databricks.Config{
				Host: s.admin.Config.Host, Token: "dapi-unknown", AuthType: "pat",
			})
			if err != nil {
				return err
			}
			_, err = client.CurrentUser.Me(s.ctx, iam.MeRequest{})
			return err
		}},
		{"a cluster that runs already", func() error {
			cluster, err := find(s, "clusters", "shared-analytics")
			if err != nil {
				return err
			}
			_, err = s.admin.Clusters.Start(s.ctx, compute.StartCluster{ClusterId: cluster.id})
			return err
		}},
		{"a group that is there already", func() error {
			_, err := s.account.GroupsV2.Create(s.ctx, iam.CreateAccountGroupRequest{DisplayName: "cx-analytics"})
			return err
		}},
		{"no such kind of object", func() error {
			return add("foo", "1", iam.AccessControlRequest{GroupName: "users", PermissionLevel: "CAN_USE"})
		}},
		{"no such level", func() error {
			return add("sql/warehouses", warehouse.id, iam.AccessControlRequest{GroupName: "users", PermissionLevel: "CAN_RESTART"})
		}},
		{"no such principal", func() error {
			return add("sql/warehouses", warehouse.id, iam.AccessControlRequest{ServicePrincipalName: nobody, PermissionLevel: "CAN_USE"})
		}},
		{"a job without an owner", func() error {
			job, err := find(s, "jobs", "nightly-survey-load")
			if err != nil {
				return err
			}
			_, err = s.admin.Permissions.Set(s.ctx, iam.SetObjectPermissions{RequestObjectType: "jobs", RequestObjectId: job.id})
			return err
		}},
		{"a list that is not one's own", func() error {
			_, err := guest.client.Permissions.GetByRequestObjectTypeAndRequestObjectId(s.ctx, "sql/warehouses", warehouse.id)
			return err
		}},
		{"no such catalog", func() error {
			_, err := s.admin.Catalogs.GetByName(s.ctx, "nope")
			return err
		}},
		{"no such schema", func() error { return grant("schema", "main.nope", guest.applicationID, "USE_SCHEMA") }},
		{"no such table", func() error { return grant("table", "main.surveys.nope", guest.applicationID, "SELECT") }},
		{"no such volume", func() error { return grant("volume", "main.surveys.nope", guest.applicationID, "READ_VOLUME") }},
		{"no such connection", func() error { return grant("connection", "nope", guest.applicationID, "USE_CONNECTION") }},
		{"no such pipeline", func() error {
			_, err := s.admin.Pipelines.GetByPipelineId(s.ctx, nobody)
			return err
		}},
		{"no such endpoint", func() error {
			_, err := s.admin.ServingEndpoints.GetByName(s.ctx, "nope")
			return err
		}},
		{"no such Genie space", func() error {
			_, err := s.admin.Genie.GetSpace(s.ctx, dashboards.GenieGetSpaceRequest{SpaceId: "nope"})
			return err
		}},
		{"no such grantee", func() error { return grant("schema", "main.surveys", nobody, "USE_SCHEMA") }},
		{"a privilege that is of another kind", func() error {
			return grant("schema", "main.surveys", guest.applicationID, "USE_CATALOG")
		}},
		{"a grant that is not one's own", func() error {
			change := catalog.PermissionsChange{Principal: guest.applicationID, Add: []catalog.Privilege{"USE_SCHEMA"}}
			_, err := guest.client.Grants.Update(s.ctx, catalog.UpdatePermissions{
				SecurableType: "schema", FullName: "main.surveys", Changes: []catalog.PermissionsChange{change},
			})
			return err
		}},
		{"no such SCIM id", func() error {
			_, err := s.admin.ServicePrincipalsV2.Get(s.ctx, iam.GetServicePrincipalRequest{Id: "123"})
			return err
		}},
		{"an application id of one's own", func() error {
			request := iam.CreateServicePrincipalRequest{DisplayName: "x", ApplicationId: nobody}
			_, err := s.admin.ServicePrincipalsV2.Create(s.ctx, request)
			return err
		}},
		{"a secret for too long", func() error {
			_, err := s.admin.ServicePrincipalSecretsProxy.Create(s.ctx, oauth2.CreateServicePrincipalSecretRequest{
				ServicePrincipalId: guest.id, Lifetime: "63072001s",
			})
			return err
		}},
		{"SCIM without being an admin", func() error {
			_, err := guest.client.ServicePrincipalsV2.ListAll(s.ctx, iam.ListServicePrincipalsRequest{})
			return err
		}},
	} {
		refused(one.name, one.do)
	}
}
