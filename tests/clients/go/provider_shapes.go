package main

import (
	"net/http"
)

const scim = "/api/2.0/preview/scim/v2"

type body = map[string]any

// providerShapes sends what the Terraform provider sends, to the letter, where it does so past the SDK's methods (api-facts: 3.3, 11).
func providerShapes(s *session) {
	made := step(s, "the provider creates a principal", func() (body, error) {
		return s.send(http.MethodPost, scim+"/ServicePrincipals", body{
			"schemas":     []string{"urn:ietf:params:scim:schemas:core:2.0:ServicePrincipal"},
			"displayName": "go-provider", "active": true, "entitlements": []body{{}},
		})
	}, func(one body) any { return one["entitlements"] })
	path := scim + "/ServicePrincipals/" + made["id"].(string)
	read := func() (body, error) {
		return s.send(http.MethodGet, path+"?attributes=userName,displayName,active,externalId,entitlements", nil)
	}
	patched := func(operations ...body) func() (body, error) {
		return func() (body, error) {
			request := body{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": operations}
			if _, err := s.send(http.MethodPatch, path, request); err != nil {
				return nil, err
			}
			return read()
		}
	}
	word := func(value string) []body { return []body{{"value": value}} }

	step(s, "the provider reads a principal", read, func(one body) any {
		return body{"id": one["id"] == made["id"], "applicationId": one["applicationId"] == made["applicationId"], "active": one["active"]}
	})
	step(s, "the provider gives an entitlement",
		patched(body{"op": "replace", "path": "entitlements", "value": word("workspace-access")}),
		func(one body) any { return one["entitlements"] })
	step(s, "the provider gives another, and again",
		patched(body{"op": "Add", "path": "entitlements", "value": word("databricks-sql-access")},
			body{"op": "add", "path": "entitlements", "value": word("databricks-sql-access")}),
		func(one body) any { return one["entitlements"] })
	step(s, "the provider takes an entitlement away",
		patched(body{"op": "remove", "path": "entitlements", "value": word("workspace-access")}),
		func(one body) any { return one["entitlements"] })
	step(s, "the provider deactivates a principal",
		patched(body{"op": "replace", "path": "active", "value": word("false")}),
		func(one body) any { return one["active"] })
	step(s, "the provider replaces a principal", func() (body, error) {
		if _, err := s.send(http.MethodGet, path+"?attributes=groups,roles", nil); err != nil {
			return nil, err
		}
		_, err := s.send(http.MethodPut, path, body{
			"schemas":     []string{"urn:ietf:params:scim:schemas:core:2.0:ServicePrincipal"},
			"displayName": "go-provider-renamed", "active": true, "entitlements": word("workspace-access"), "externalId": "x",
		})
		if err != nil {
			return nil, err
		}
		return read()
	}, func(one body) any {
		return body{"displayName": one["displayName"], "active": one["active"], "applicationId": one["applicationId"] == made["applicationId"]}
	})

	// As a caller that is a service principal, it names itself as a user, twice on a warehouse (api-facts: 5.4, 11).
	step(s, "the provider sets a warehouse's permissions", func() (body, error) {
		warehouse, err := find(s, "sql/warehouses", "cx-adhoc")
		if err != nil {
			return nil, err
		}
		me := s.admin.Config.ClientID
		_, err = s.send(http.MethodPut, "/api/2.0/permissions/sql/warehouses/"+warehouse.id, body{"access_control_list": []body{
			{"group_name": "analytics", "permission_level": "CAN_USE"},
			{"user_name": me, "permission_level": "CAN_MANAGE"},
			{"user_name": me, "permission_level": "IS_OWNER"},
		}})
		if err != nil {
			return nil, err
		}
		return s.send(http.MethodGet, "/api/2.0/permissions/sql/warehouses/"+warehouse.id, nil)
	}, func(list body) any {
		owners := []bool{}
		for _, item := range list["access_control_list"].([]any) {
			if entry := item.(body); entry["service_principal_name"] == s.admin.Config.ClientID {
				for _, one := range entry["all_permissions"].([]any) {
					owners = append(owners, one.(body)["permission_level"] == "IS_OWNER")
				}
			}
		}
		return owners
	})
}
