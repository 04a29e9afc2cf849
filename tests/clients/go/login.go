package main

import (
	"errors"
	"fmt"

	"github.com/databricks/databricks-sdk-go"
	"github.com/databricks/databricks-sdk-go/service/iam"
)

func login(s *session) {
	step("who the admin is", func() (*iam.User, error) {
		return s.admin.CurrentUser.Me(s.ctx, iam.MeRequest{ExcludedAttributes: "entitlements"})
	}, func(me *iam.User) any { return map[string]any{"user_name": me.UserName, "active": me.Active} })

	step("which workspace this is", func() (int64, error) { return s.admin.CurrentWorkspaceID(s.ctx) }, all)

	step("a login at the account", func() (int, error) {
		// Hosts of accounts are told by their names, so a client of this one finds the account's endpoint only when told.
		discovery := fmt.Sprintf("%s/oidc/accounts/%s/.well-known/oauth-authorization-server", s.admin.Config.Host, s.accountID)
		client, err := databricks.NewAccountClient(&databricks.Config{AccountID: s.accountID, DiscoveryURL: discovery})
		if err != nil {
			return 0, err
		}
		found, err := client.ServicePrincipalsV2.ListAll(s.ctx, iam.ListAccountServicePrincipalsRequest{})
		return len(found), err
	}, all)

	step("a login with a wrong secret", func() (string, error) {
		client, err := s.clientOf(s.admin.Config.ClientID, "dose-wrong")
		if err != nil {
			return "", err
		}
		if _, err = client.CurrentUser.Me(s.ctx, iam.MeRequest{}); err == nil {
			return "", errors.New("it was not refused")
		}
		return err.Error(), nil
	}, all)
}
