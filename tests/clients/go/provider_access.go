package main

import (
	"net/http"
	"slices"

	"github.com/databricks/databricks-sdk-go/service/iam"
)

// providerAccess is access as the Terraform provider gives and takes it, to the letter (api-facts: 9.2, 11).
func providerAccess(s *session) {
	grantee := step("a grantee of the provider", func() (*newcomer, error) { return s.newcomer("go-grantee") }, nothing)
	providerPermissions(s)
	providerGrant(s, grantee)
	providerMembership(s, grantee)
	providerAssignment(s, grantee)
}

// providerPermissions puts whole lists. A caller that is a service principal names itself as a user; on a warehouse twice (api-facts: 5.4).
func providerPermissions(s *session) {
	me := s.admin.Config.ClientID
	manager := body{"user_name": me, "permission_level": "CAN_MANAGE"}
	owner := body{"user_name": me, "permission_level": "IS_OWNER"}
	for _, one := range []struct {
		requestType, name, level string
		own                      []body
	}{
		{"sql/warehouses", "cx-adhoc", "CAN_USE", []body{manager, owner}},
		{"jobs", "survey-response-export", "CAN_MANAGE_RUN", []body{owner}},
		{"pipelines", "orders-gold", "CAN_RUN", []body{owner}},
		{"clusters", "shared-data-science", "CAN_ATTACH_TO", []body{manager}},
		{"cluster-policies", "job-compute", "CAN_USE", nil},
		{"notebooks", "/Teams/cx/nps", "CAN_READ", nil},
		{"apps", "lead-desk", "CAN_USE", []body{manager}},
	} {
		step("the provider sets the list of "+one.requestType, func() (body, error) {
			found, err := find(s, one.requestType, one.name)
			if err != nil {
				return nil, err
			}
			path := "/api/2.0/permissions/" + one.requestType + "/" + found.id
			entries := append([]body{{"group_name": "analytics", "permission_level": one.level}}, one.own...)
			if _, err = s.send(http.MethodPut, path, body{"access_control_list": entries}); err != nil {
				return nil, err
			}
			return s.send(http.MethodGet, path, nil)
		}, func(list body) any {
			return levelsOf(list, "group_name", "analytics") + levelsOf(list, "service_principal_name", me)
		})
	}
}

// levelsOf is the direct levels of a principal in an answer, as one word.
func levelsOf(list body, key, name string) string {
	levels := ""
	for _, item := range list["access_control_list"].([]any) {
		entry := item.(body)
		for _, one := range entry["all_permissions"].([]any) {
			if entry[key] == name && one.(body)["inherited"] == false {
				levels += " " + one.(body)["permission_level"].(string)
			}
		}
	}
	return levels
}

// providerGrant asks before and after each change, and sends a list that is empty as null.
func providerGrant(s *session, grantee *newcomer) {
	const path = "/api/2.1/unity-catalog/permissions/schema/main.surveys"
	privileges := func(answer body) any {
		found := []any{}
		for _, item := range answer["privilege_assignments"].([]any) {
			if item.(body)["principal"] == grantee.applicationID {
				found = append(found, item.(body)["privileges"])
			}
		}
		return found
	}
	changed := func(add, remove []string) func() (body, error) {
		return func() (body, error) {
			if _, err := s.send(http.MethodGet, path, nil); err != nil {
				return nil, err
			}
			change := body{"principal": grantee.applicationID, "add": add, "remove": remove}
			if _, err := s.send(http.MethodPatch, path, body{"changes": []body{change}}); err != nil {
				return nil, err
			}
			return s.send(http.MethodGet, path, nil)
		}
	}
	step("the provider grants", changed([]string{"USE_SCHEMA", "SELECT"}, nil), privileges)
	step("the provider grants otherwise", changed([]string{"MODIFY"}, []string{"USE_SCHEMA"}), privileges)
	step("the provider takes all that it granted", changed(nil, []string{"SELECT", "MODIFY"}), privileges)
}

// providerMembership adds to and takes from a group of the workspace's own.
func providerMembership(s *session, grantee *newcomer) {
	group := step("a group of the workspace", func() (string, error) {
		found, err := some(s.admin.GroupsV2.ListAll(s.ctx, iam.ListGroupsRequest{Filter: `displayName eq "sandbox-pilots"`}))
		if err != nil {
			return "", err
		}
		return found[0].Id, nil
	}, nothing)
	path := scim + "/Groups/" + group
	isMember := func(operation body) func() (bool, error) {
		return func() (bool, error) {
			if err := s.patch(path, operation); err != nil {
				return false, err
			}
			answer, err := s.send(http.MethodGet, path+"?attributes=members", nil)
			if err != nil {
				return false, err
			}
			return slices.ContainsFunc(answer["members"].([]any), func(one any) bool { return one.(body)["value"] == grantee.id }), nil
		}
	}
	step("the provider adds a member", isMember(body{"op": "add", "path": "members", "value": []body{{"value": grantee.id}}}), all)
	step("the provider removes a member", isMember(body{"op": "remove", "path": `members[value eq "` + grantee.id + `"]`}), all)
}

// providerAssignment makes an admin by name in two steps: as a user by name, then as an admin by id.
func providerAssignment(s *session, grantee *newcomer) {
	permissions := func() (any, error) {
		answer, err := s.send(http.MethodGet, assignmentsOfWorkspace, nil)
		if err != nil {
			return nil, err
		}
		for _, item := range answer["permission_assignments"].([]any) {
			if item.(body)["principal"].(body)["service_principal_name"] == grantee.applicationID {
				return item.(body)["permissions"], nil
			}
		}
		return "none", nil
	}
	ofGrantee := assignmentsOfWorkspace + "/principals/" + grantee.id
	step("the provider assigns an admin by name", func() (any, error) {
		item := body{"service_principal_name": grantee.applicationID, "permissions": []string{"USER"}}
		if _, err := s.send(http.MethodPost, assignmentsOfWorkspace, body{"permission_assignments": []body{item}}); err != nil {
			return nil, err
		}
		if _, err := s.send(http.MethodPut, ofGrantee, body{"permissions": []string{"ADMIN"}}); err != nil {
			return nil, err
		}
		return permissions()
	}, all)
	step("the provider ends an assignment", func() (any, error) {
		if _, err := s.send(http.MethodDelete, ofGrantee, nil); err != nil {
			return nil, err
		}
		return permissions()
	}, all)
}
