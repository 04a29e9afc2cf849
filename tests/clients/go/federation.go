package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"strconv"
	"time"

	"github.com/databricks/databricks-sdk-go"
	"github.com/databricks/databricks-sdk-go/service/iam"
	"github.com/databricks/databricks-sdk-go/service/oauth2"
)

const (
	issuer   = "https://issuer.acme.example"
	subject  = "go-workload"
	audience = "go"
)

func federation(s *session) {
	key := step("a key of one's own", func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) }, nothing)
	owner := step("a principal without a secret", func() (*iam.ServicePrincipal, error) {
		return s.admin.ServicePrincipalsV2.Create(s.ctx, iam.CreateServicePrincipalRequest{DisplayName: "go-federated"})
	}, nothing)
	id := step("its id as a number", func() (int64, error) { return strconv.ParseInt(owner.Id, 10, 64) }, nothing)

	create := func() (*oauth2.FederationPolicy, error) {
		policy := oauth2.OidcFederationPolicy{Issuer: issuer, Subject: subject, Audiences: []string{audience}, JwksJson: keySet(key)}
		return s.account.ServicePrincipalFederationPolicy.Create(s.ctx, oauth2.CreateServicePrincipalFederationPolicyRequest{
			ServicePrincipalId: id, PolicyId: "go", Policy: oauth2.FederationPolicy{OidcPolicy: &policy},
		})
	}
	made := step("make a federation policy", create, func(policy *oauth2.FederationPolicy) any {
		return map[string]any{"policy_id": policy.PolicyId, "is_its_own": policy.ServicePrincipalId == id, "subject": policy.OidcPolicy.Subject}
	})

	refused("a federation policy that is there already", func() error {
		_, err := create()
		return err
	})

	step("list federation policies, one a page", func() ([]oauth2.FederationPolicy, error) {
		return s.account.ServicePrincipalFederationPolicy.ListAll(s.ctx, oauth2.ListServicePrincipalFederationPoliciesRequest{
			ServicePrincipalId: id, PageSize: 1,
		})
	}, func(found []oauth2.FederationPolicy) any { return len(found) })

	step("a login with a federated token", func() (bool, error) {
		me, err := s.federated(owner.ApplicationId, signed(key, subject))
		return err == nil && me.UserName == owner.ApplicationId, err
	}, all)

	step("change what a federation policy wants", func() (*oauth2.FederationPolicy, error) {
		changed := *made.OidcPolicy
		changed.Subject = "another"
		return s.account.ServicePrincipalFederationPolicy.Update(s.ctx, oauth2.UpdateServicePrincipalFederationPolicyRequest{
			ServicePrincipalId: id, PolicyId: "go", UpdateMask: "description,oidc_policy", Policy: oauth2.FederationPolicy{OidcPolicy: &changed},
		})
	}, func(policy *oauth2.FederationPolicy) any { return policy.OidcPolicy.Subject })

	step("a login with a federated token of another subject", func() (string, error) {
		if _, err := s.federated(owner.ApplicationId, signed(key, subject)); err != nil {
			return err.Error(), nil
		}
		return "", errors.New("it was not refused")
	}, all)

	step("delete a federation policy", func() (bool, error) {
		request := oauth2.DeleteServicePrincipalFederationPolicyRequest{ServicePrincipalId: id, PolicyId: "go"}
		return true, s.account.ServicePrincipalFederationPolicy.Delete(s.ctx, request)
	}, all)

	refused("no such federation policy", func() error {
		_, err := s.account.ServicePrincipalFederationPolicy.Get(s.ctx, oauth2.GetServicePrincipalFederationPolicyRequest{
			ServicePrincipalId: id, PolicyId: "go",
		})
		return err
	})
}

// federated logs in with a token from the environment, as a workload does.
func (s *session) federated(applicationID, token string) (*iam.User, error) {
	if err := os.Setenv("DATABRICKS_OIDC_TOKEN", token); err != nil {
		return nil, err
	}
	client, err := databricks.NewWorkspaceClient(&databricks.Config{Host: s.admin.Config.Host, ClientID: applicationID, AuthType: "env-oidc"})
	if err != nil {
		return nil, err
	}
	return client.CurrentUser.Me(s.ctx, iam.MeRequest{})
}

func keySet(key *rsa.PrivateKey) string {
	// 65537, which every RSA key of Go has.
	public := map[string]string{"kty": "RSA", "alg": "RS256", "kid": "go", "n": encoded(key.N.Bytes()), "e": "AQAB"}
	return string(asJSON(map[string]any{"keys": []any{public}}))
}

func signed(key *rsa.PrivateKey, subject string) string {
	now := time.Now().Unix()
	claims := map[string]any{"iss": issuer, "sub": subject, "aud": audience, "iat": now, "exp": now + 300}
	text := encoded(asJSON(map[string]string{"alg": "RS256", "kid": "go"})) + "." + encoded(asJSON(claims))
	digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		panic(err)
	}
	return text + "." + encoded(signature)
}

func asJSON(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return text
}

func encoded(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }
