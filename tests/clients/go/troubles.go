package main

import (
	"errors"
	"net/http"

	"github.com/databricks/databricks-sdk-go"
	"github.com/databricks/databricks-sdk-go/service/catalog"
	"github.com/databricks/databricks-sdk-go/service/oauth2"
)

// troubles is what the SDK makes of a service that is busy, or silent (api-facts: 1.1, 2.3).
func troubles(s *session) {
	owner := step("an owner of secrets in trouble", func() (*newcomer, error) { return s.newcomer("go-trouble") }, nothing)
	fail := func(fault body) error {
		_, err := s.send(http.MethodPost, "/sandbox/faults", body{"faults": []body{fault}})
		return err
	}

	step("a call that is throttled once, and unavailable once", func() (*catalog.CatalogInfo, error) {
		for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
			if err := fail(body{"method": "GET", "path": "/catalogs/main", "status": status}); err != nil {
				return nil, err
			}
		}
		return s.admin.Catalogs.GetByName(s.ctx, "main")
	}, func(found *catalog.CatalogInfo) any { return found.Name })

	refused("a fault of the server", func() error {
		if err := fail(body{"method": "GET", "path": "/catalogs/main", "status": http.StatusInternalServerError}); err != nil {
			return err
		}
		_, err := s.admin.Catalogs.GetByName(s.ctx, "main")
		return err
	})

	// The work is done and the answer says otherwise: whoever repeats the call does it twice.
	secretsAfter := func(owner *newcomer, fault body, expected func(error) error) func() ([]oauth2.SecretInfo, error) {
		return func() ([]oauth2.SecretInfo, error) {
			fault["method"], fault["path"], fault["when"] = "POST", "/credentials/secrets", "after"
			if err := fail(fault); err != nil {
				return nil, err
			}
			request := oauth2.CreateServicePrincipalSecretRequest{ServicePrincipalId: owner.id}
			_, err := s.admin.ServicePrincipalSecretsProxy.Create(s.ctx, request)
			if err = expected(err); err != nil {
				return nil, err
			}
			return s.admin.ServicePrincipalSecretsProxy.ListAll(s.ctx, oauth2.ListServicePrincipalSecretsRequest{ServicePrincipalId: owner.id})
		}
	}
	count := func(found []oauth2.SecretInfo) any { return len(found) }
	step("secrets after an answer that was unavailable", secretsAfter(owner, body{"status": http.StatusServiceUnavailable}, func(err error) error {
		return err
	}), count)
	notRepeated := func(err error) error {
		if err == nil {
			return errors.New("the call was repeated")
		}
		return nil
	}
	step("secrets after an answer that was cut off", secretsAfter(owner, body{"cut": true}, notRepeated), count)
	other := step("another owner of secrets in trouble", func() (*newcomer, error) { return s.newcomer("go-trouble-too") }, nothing)
	step("secrets after a connection that was reset", secretsAfter(other, body{"cut": true, "reset": true}, func(err error) error {
		return err
	}), count)
	step("secrets after an answer that was cut in the middle", secretsAfter(other, body{"cut": "middle"}, notRepeated), count)
	step("secrets after an answer that was reset in the middle", secretsAfter(other, body{"cut": "middle", "reset": true}, notRepeated), count)

	step("which workspace this is, when the metadata do not say", func() (int64, error) {
		if _, err := s.send(http.MethodPost, "/sandbox/faults", body{"workspace_id_in_metadata": false}); err != nil {
			return 0, err
		}
		client, err := databricks.NewWorkspaceClient(&databricks.Config{})
		if err != nil {
			return 0, err
		}
		return client.CurrentWorkspaceID(s.ctx)
	}, all)
}
