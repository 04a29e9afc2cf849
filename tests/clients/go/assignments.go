package main

import (
	"net/http"
	"strconv"

	"github.com/databricks/databricks-sdk-go/service/iam"
)

const assignmentsOfWorkspace = "/api/2.0/preview/permissionassignments"

func assignments(s *session) {
	workspaceID := step("the workspace to assign to", func() (int64, error) { return s.admin.CurrentWorkspaceID(s.ctx) }, nothing)
	made := step("a principal of the account to assign", func() (*iam.AccountServicePrincipal, error) {
		return s.account.ServicePrincipalsV2.Create(s.ctx, iam.CreateAccountServicePrincipalRequest{DisplayName: "go-assigned"})
	}, nothing)
	id := step("its id as a number", func() (int64, error) { return strconv.ParseInt(made.Id, 10, 64) }, nothing)

	step("assign as user", func() (*iam.PermissionAssignment, error) {
		return s.account.WorkspaceAssignment.Update(s.ctx, iam.UpdateWorkspaceAssignments{
			WorkspaceId: workspaceID, PrincipalId: id, Permissions: []iam.WorkspacePermission{iam.WorkspacePermissionUser},
		})
	}, func(item *iam.PermissionAssignment) any {
		return map[string]any{
			"permissions":  item.Permissions,
			"is_that_one":  item.Principal.PrincipalId == id && item.Principal.ServicePrincipalName == made.ApplicationId,
			"display_name": item.Principal.DisplayName,
		}
	})

	step("list assignments", func() ([]iam.PermissionAssignment, error) {
		return s.account.WorkspaceAssignment.ListAll(s.ctx, iam.ListWorkspaceAssignmentRequest{WorkspaceId: workspaceID})
	}, func(found []iam.PermissionAssignment) any {
		listed, without := false, 0
		for _, item := range found {
			if item.Principal == nil {
				without++
			} else if item.Principal.PrincipalId == id {
				listed = true
			}
		}
		return map[string]any{"listed": listed, "without_principal": without}
	})

	step("which permissions there are", func() (*iam.WorkspacePermissions, error) {
		return s.account.WorkspaceAssignment.GetByWorkspaceId(s.ctx, workspaceID)
	}, func(found *iam.WorkspacePermissions) any {
		return ids(found.Permissions, func(one iam.PermissionOutput) string { return string(one.PermissionLevel) })
	})

	step("assign as admin from the workspace", func() (map[string]any, error) {
		return s.send(http.MethodPut, assignmentsOfWorkspace+"/principals/"+made.Id, map[string]any{"permissions": []string{"ADMIN"}})
	}, func(item map[string]any) any { return item["permissions"] })

	step("end an assignment, twice", func() (bool, error) {
		for range 2 {
			request := iam.DeleteWorkspaceAssignmentRequest{WorkspaceId: workspaceID, PrincipalId: id}
			if err := s.account.WorkspaceAssignment.Delete(s.ctx, request); err != nil {
				return false, err
			}
		}
		return true, nil
	}, all)

	step("assign by name from the workspace", func() (map[string]any, error) {
		return s.send(http.MethodPost, assignmentsOfWorkspace, map[string]any{"permission_assignments": []map[string]any{
			{"service_principal_name": made.ApplicationId, "permissions": []string{"USER"}},
			{"service_principal_name": made.ApplicationId, "permissions": []string{"ADMIN"}},
		}})
	}, func(answer map[string]any) any {
		errors := []bool{}
		for _, item := range answer["permission_assignments"].([]any) {
			errors = append(errors, item.(map[string]any)["error"] != "")
		}
		return errors
	})
}
