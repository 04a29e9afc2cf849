package main

import (
	"encoding/base64"

	"github.com/databricks/databricks-sdk-go/service/workspace"
)

func secretScopes(s *session) {
	const scope, key, value = "go-scope", "token", "not-a-real-one"
	reader := step("a reader of secrets", func() (*newcomer, error) { return s.newcomer("go-scopes", "workspace-access") }, nothing)
	acl := func() ([]workspace.AclItem, error) {
		return s.admin.Secrets.ListAclsAll(s.ctx, workspace.ListAclsRequest{Scope: scope})
	}

	step("create a scope", func() ([]workspace.SecretScope, error) {
		if err := s.admin.Secrets.CreateScope(s.ctx, workspace.CreateScope{Scope: scope}); err != nil {
			return nil, err
		}
		return s.admin.Secrets.ListScopesAll(s.ctx)
	}, func(found []workspace.SecretScope) any {
		for _, one := range found {
			if one.Name == scope {
				return one.BackendType
			}
		}
		return nil
	})

	step("put a secret into a scope", func() ([]workspace.SecretMetadata, error) {
		if err := s.admin.Secrets.PutSecret(s.ctx, workspace.PutSecret{Scope: scope, Key: key, StringValue: value}); err != nil {
			return nil, err
		}
		return s.admin.Secrets.ListSecretsAll(s.ctx, workspace.ListSecretsRequest{Scope: scope})
	}, func(found []workspace.SecretMetadata) any {
		return ids(found, func(one workspace.SecretMetadata) string { return one.Key })
	})

	refused("read a scope without a level", func() error {
		_, err := reader.client.Secrets.GetSecret(s.ctx, workspace.GetSecretRequest{Scope: scope, Key: key})
		return err
	})

	// As the provider does it: put, then get until it is there.
	step("let somebody read a scope", func() (*workspace.AclItem, error) {
		put := workspace.PutAcl{Scope: scope, Principal: reader.applicationID, Permission: workspace.AclPermissionRead}
		if err := s.admin.Secrets.PutAcl(s.ctx, put); err != nil {
			return nil, err
		}
		return s.admin.Secrets.GetAcl(s.ctx, workspace.GetAclRequest{Scope: scope, Principal: reader.applicationID})
	}, func(item *workspace.AclItem) any {
		return []any{item.Permission, item.Principal == reader.applicationID}
	})

	step("who may do what on a scope", acl, func(found []workspace.AclItem) any {
		levels := map[string]bool{}
		for _, item := range found {
			levels[string(item.Permission)] = true
		}
		return map[string]any{"items": len(found), "levels": levels}
	})

	step("read a scope", func() (*workspace.GetSecretResponse, error) {
		return reader.client.Secrets.GetSecret(s.ctx, workspace.GetSecretRequest{Scope: scope, Key: key})
	}, func(secret *workspace.GetSecretResponse) any {
		read, _ := base64.StdEncoding.DecodeString(secret.Value)
		return string(read) == value
	})

	refused("write to a scope with READ", func() error {
		return reader.client.Secrets.PutSecret(s.ctx, workspace.PutSecret{Scope: scope, Key: key, StringValue: "other"})
	})

	step("let nobody read a scope", func() ([]workspace.AclItem, error) {
		if err := s.admin.Secrets.DeleteAcl(s.ctx, workspace.DeleteAcl{Scope: scope, Principal: reader.applicationID}); err != nil {
			return nil, err
		}
		return acl()
	}, func(found []workspace.AclItem) any { return len(found) })

	refused("no such entry of a scope", func() error {
		_, err := s.admin.Secrets.GetAcl(s.ctx, workspace.GetAclRequest{Scope: scope, Principal: reader.applicationID})
		return err
	})
	refused("a scope that is there already", func() error {
		return s.admin.Secrets.CreateScope(s.ctx, workspace.CreateScope{Scope: scope})
	})
	refused("no such scope", func() error {
		_, err := s.admin.Secrets.ListSecretsAll(s.ctx, workspace.ListSecretsRequest{Scope: "nope"})
		return err
	})
	step("delete a scope", func() (bool, error) { return true, s.admin.Secrets.DeleteScopeByScope(s.ctx, scope) }, all)
}
