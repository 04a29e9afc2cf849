package main

import (
	"errors"
	"slices"

	"github.com/databricks/databricks-sdk-go/listing"
	"github.com/databricks/databricks-sdk-go/service/iam"
	"github.com/databricks/databricks-sdk-go/service/oauth2"
)

var patchOp = []iam.PatchSchema{iam.PatchSchemaUrnIetfParamsScimApiMessages20PatchOp}

func principals(s *session) {
	made := step("create a principal", func() (*iam.ServicePrincipal, error) {
		return s.admin.ServicePrincipalsV2.Create(s.ctx, iam.CreateServicePrincipalRequest{
			DisplayName:  "go-client",
			ExternalId:   "brickpass:go",
			Entitlements: []iam.ComplexValue{{Value: "workspace-access"}},
		})
	}, all)

	step("get a principal", func() (*iam.ServicePrincipal, error) {
		return s.admin.ServicePrincipalsV2.Get(s.ctx, iam.GetServicePrincipalRequest{Id: made.Id})
	}, all)

	step("find a principal", func() ([]iam.ServicePrincipal, error) {
		filter := `applicationId eq "` + made.ApplicationId + `"`
		return s.admin.ServicePrincipalsV2.ListAll(s.ctx, iam.ListServicePrincipalsRequest{Filter: filter})
	}, func(found []iam.ServicePrincipal) any {
		return ids(found, func(one iam.ServicePrincipal) string { return one.Id })
	})

	step("list principals in pages of three", func() ([]iam.ServicePrincipal, error) {
		// ListAll would stop after `Count`.
		return listing.ToSlice(s.ctx, s.admin.ServicePrincipalsV2.List(s.ctx, iam.ListServicePrincipalsRequest{Count: 3}))
	}, func(found []iam.ServicePrincipal) any {
		return ids(found, func(one iam.ServicePrincipal) string { return one.Id })
	})

	step("replace a principal", func() (*iam.ServicePrincipal, error) {
		err := s.admin.ServicePrincipalsV2.Update(s.ctx, iam.UpdateServicePrincipalRequest{
			Id: made.Id, ApplicationId: made.ApplicationId, DisplayName: "go-client-renamed", Active: true, ExternalId: "brickpass:go",
		})
		if err != nil {
			return nil, err
		}
		return s.admin.ServicePrincipalsV2.Get(s.ctx, iam.GetServicePrincipalRequest{Id: made.Id})
	}, all)

	step("patch a principal", func() (*iam.ServicePrincipal, error) {
		err := s.admin.ServicePrincipalsV2.Patch(s.ctx, iam.PatchServicePrincipalRequest{
			Id: made.Id, Schemas: patchOp, Operations: []iam.Patch{
				{Op: iam.PatchOpAdd, Path: "entitlements", Value: []iam.ComplexValue{{Value: "databricks-sql-access"}}},
				{Op: iam.PatchOpReplace, Path: "displayName", Value: "go-client-patched"},
			},
		})
		if err != nil {
			return nil, err
		}
		return s.admin.ServicePrincipalsV2.Get(s.ctx, iam.GetServicePrincipalRequest{Id: made.Id})
	}, all)

	step("delete a principal from the workspace", func() (string, error) {
		if err := s.admin.ServicePrincipalsV2.Delete(s.ctx, iam.DeleteServicePrincipalRequest{Id: made.Id}); err != nil {
			return "", err
		}
		kept, err := s.account.ServicePrincipalsV2.Get(s.ctx, iam.GetAccountServicePrincipalRequest{Id: made.Id})
		if err != nil {
			return "", err
		}
		return kept.ApplicationId, nil
	}, func(kept string) any { return kept == made.ApplicationId })

	refused("a principal that left", func() error {
		_, err := s.admin.ServicePrincipalsV2.Get(s.ctx, iam.GetServicePrincipalRequest{Id: made.Id})
		return err
	})
	accountPrincipals(s, made.Id)
}

func accountPrincipals(s *session, left string) {
	made := step("create a principal in the account", func() (*iam.AccountServicePrincipal, error) {
		return s.account.ServicePrincipalsV2.Create(s.ctx, iam.CreateAccountServicePrincipalRequest{DisplayName: "go-client-account"})
	}, all)

	step("list the account's principals in pages of three", func() ([]iam.AccountServicePrincipal, error) {
		return listing.ToSlice(s.ctx, s.account.ServicePrincipalsV2.List(s.ctx, iam.ListAccountServicePrincipalsRequest{Count: 3}))
	}, func(found []iam.AccountServicePrincipal) any {
		return ids(found, func(one iam.AccountServicePrincipal) string { return one.Id })
	})

	step("deactivate a principal in the account", func() (*iam.AccountServicePrincipal, error) {
		err := s.account.ServicePrincipalsV2.Patch(s.ctx, iam.PatchAccountServicePrincipalRequest{
			Id: made.Id, Schemas: patchOp, Operations: []iam.Patch{{Op: iam.PatchOpReplace, Path: "active", Value: false}},
		})
		if err != nil {
			return nil, err
		}
		return s.account.ServicePrincipalsV2.Get(s.ctx, iam.GetAccountServicePrincipalRequest{Id: made.Id})
	}, func(one *iam.AccountServicePrincipal) any { return one.Active })

	step("delete principals from the account", func() (bool, error) {
		for _, id := range []string{made.Id, left} {
			if err := s.account.ServicePrincipalsV2.Delete(s.ctx, iam.DeleteAccountServicePrincipalRequest{Id: id}); err != nil {
				return false, err
			}
		}
		return true, nil
	}, all)

	refused("a principal that was deleted", func() error {
		_, err := s.account.ServicePrincipalsV2.Get(s.ctx, iam.GetAccountServicePrincipalRequest{Id: made.Id})
		return err
	})
}

func groups(s *session) {
	member := step("a member to be", func() (*newcomer, error) { return s.newcomer("go-member") }, nothing)
	group := step("create a group in the account", func() (*iam.AccountGroup, error) {
		return s.account.GroupsV2.Create(s.ctx, iam.CreateAccountGroupRequest{DisplayName: "go-group"})
	}, all)

	step("add a member", func() ([]string, error) {
		return s.patchMembers(group.Id, iam.Patch{Op: iam.PatchOpAdd, Path: "members", Value: []iam.ComplexValue{{Value: member.id}}})
	}, func(members []string) any { return slices.Equal(members, []string{member.id}) })

	step("remove a member", func() ([]string, error) {
		return s.patchMembers(group.Id, iam.Patch{Op: iam.PatchOpRemove, Path: `members[value eq "` + member.id + `"]`})
	}, all)

	step("find a group", func() ([]iam.Group, error) {
		return s.admin.GroupsV2.ListAll(s.ctx, iam.ListGroupsRequest{Filter: `displayName eq "cx-analytics"`})
	}, func(found []iam.Group) any { return ids(found, func(one iam.Group) string { return one.DisplayName }) })

	step("list people in pages of ten", func() ([]iam.User, error) {
		return listing.ToSlice(s.ctx, s.admin.UsersV2.List(s.ctx, iam.ListUsersRequest{Count: 10}))
	}, func(found []iam.User) any { return ids(found, func(one iam.User) string { return one.UserName }) })

	step("delete a group from the account", func() (bool, error) {
		return true, s.account.GroupsV2.Delete(s.ctx, iam.DeleteAccountGroupRequest{Id: group.Id})
	}, all)
}

func (s *session) patchMembers(groupID string, operation iam.Patch) ([]string, error) {
	request := iam.PatchAccountGroupRequest{Id: groupID, Schemas: patchOp, Operations: []iam.Patch{operation}}
	if err := s.account.GroupsV2.Patch(s.ctx, request); err != nil {
		return nil, err
	}
	group, err := s.account.GroupsV2.Get(s.ctx, iam.GetAccountGroupRequest{Id: groupID})
	if err != nil {
		return nil, err
	}
	return ids(group.Members, func(one iam.ComplexValue) string { return one.Value }), nil
}

func secrets(s *session) {
	owner := step("an owner of secrets", func() (*newcomer, error) { return s.newcomer("go-secrets") }, nothing)
	second := step("create a secret by the workspace's proxy", func() (*oauth2.CreateServicePrincipalSecretResponse, error) {
		made, err := s.admin.ServicePrincipalSecretsProxy.Create(s.ctx, oauth2.CreateServicePrincipalSecretRequest{
			ServicePrincipalId: owner.id, Lifetime: "7776000s",
		})
		if err != nil {
			return nil, err
		}
		client, err := s.clientOf(owner.applicationID, made.Secret)
		if err != nil {
			return nil, err
		}
		me, err := client.CurrentUser.Me(s.ctx, iam.MeRequest{})
		if err == nil && me.UserName != owner.applicationID {
			err = errors.New("it logs in as " + me.UserName)
		}
		return made, err
	}, func(made *oauth2.CreateServicePrincipalSecretResponse) any {
		shown := *made
		shown.Secret = ""
		return shown
	})

	step("list secrets in the account, one a page", func() ([]oauth2.SecretInfo, error) {
		return s.account.ServicePrincipalSecrets.ListAll(s.ctx, oauth2.ListServicePrincipalSecretsRequest{
			ServicePrincipalId: owner.id, PageSize: 1,
		})
	}, func(found []oauth2.SecretInfo) any { return len(found) })

	step("delete a secret in the account", func() ([]oauth2.SecretInfo, error) {
		err := s.account.ServicePrincipalSecrets.Delete(s.ctx, oauth2.DeleteServicePrincipalSecretRequest{
			ServicePrincipalId: owner.id, SecretId: second.Id,
		})
		if err != nil {
			return nil, err
		}
		return s.admin.ServicePrincipalSecretsProxy.ListAll(s.ctx, oauth2.ListServicePrincipalSecretsRequest{ServicePrincipalId: owner.id})
	}, func(found []oauth2.SecretInfo) any { return len(found) })

	refused("a sixth secret", func() error {
		for range 5 {
			request := oauth2.CreateServicePrincipalSecretRequest{ServicePrincipalId: owner.id}
			if _, err := s.account.ServicePrincipalSecrets.Create(s.ctx, request); err != nil {
				return err
			}
		}
		return nil
	})

	refused("a secret that is not there", func() error {
		return s.admin.ServicePrincipalSecretsProxy.Delete(s.ctx, oauth2.DeleteServicePrincipalSecretRequest{
			ServicePrincipalId: owner.id, SecretId: second.Id,
		})
	})
}

func ids[T any](found []T, of func(T) string) []string {
	all := []string{}
	for _, one := range found {
		all = append(all, of(one))
	}
	slices.Sort(all)
	return all
}
