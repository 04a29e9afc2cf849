package main

import (
	"errors"
	"net/http"

	"github.com/databricks/databricks-sdk-go/apierr"
)

const scim = "/api/2.0/preview/scim/v2"

type body = map[string]any

// providerPrincipal is a principal's life as the Terraform provider sends it, to the letter (api-facts: 3.3, 11).
func providerPrincipal(s *session) {
	made := step("the provider creates a principal", func() (body, error) {
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
			if err := s.patch(path, operations...); err != nil {
				return nil, err
			}
			return read()
		}
	}
	word := func(value string) []body { return []body{{"value": value}} }

	step("the provider reads a principal", read, func(one body) any {
		return body{"id": one["id"] == made["id"], "applicationId": one["applicationId"] == made["applicationId"], "active": one["active"]}
	})
	step("the provider gives an entitlement",
		patched(body{"op": "replace", "path": "entitlements", "value": word("workspace-access")}),
		func(one body) any { return one["entitlements"] })
	step("the provider gives another, and again",
		patched(body{"op": "Add", "path": "entitlements", "value": word("databricks-sql-access")},
			body{"op": "add", "path": "entitlements", "value": word("databricks-sql-access")}),
		func(one body) any { return one["entitlements"] })
	step("the provider takes an entitlement away",
		patched(body{"op": "remove", "path": "entitlements", "value": word("workspace-access")}),
		func(one body) any { return one["entitlements"] })
	step("the provider deactivates a principal",
		patched(body{"op": "replace", "path": "active", "value": word("false")}),
		func(one body) any { return one["active"] })
	step("the provider replaces a principal", func() (body, error) {
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

	// With `force_delete_home_dir`: a home that nobody made is not there, and the provider takes that for done.
	refused("a home that nobody made", func() error {
		home := "/Users/" + made["applicationId"].(string)
		_, err := s.send(http.MethodPost, "/api/2.0/workspace/delete", body{"path": home, "recursive": true})
		return err
	})
	step("the provider deletes a principal, which is gone already", func() (bool, error) {
		if _, err := s.send(http.MethodDelete, path, nil); err != nil {
			return false, err
		}
		_, err := s.send(http.MethodDelete, path, nil)
		return errors.Is(err, apierr.ErrNotFound), nil
	}, all)
}

func (s *session) patch(path string, operations ...body) error {
	request := body{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": operations}
	_, err := s.send(http.MethodPatch, path, request)
	return err
}
