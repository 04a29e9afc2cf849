package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"

	"github.com/databricks/databricks-sdk-go"
	"github.com/databricks/databricks-sdk-go/apierr"
	"github.com/databricks/databricks-sdk-go/client"
	"github.com/databricks/databricks-sdk-go/config"
	"github.com/databricks/databricks-sdk-go/service/iam"
	"github.com/databricks/databricks-sdk-go/service/oauth2"
)

// The SDK holds itself to 15 requests a second, which only makes a run against one's own machine long.
const requestsPerSecond = 200

// A session is the admin on one workspace and its account.
type session struct {
	ctx       context.Context
	accountID string
	admin     *databricks.WorkspaceClient
	account   *databricks.AccountClient
	// The SDK's HTTP client, for what is no method of it.
	raw *client.DatabricksClient
}

type line struct {
	Step  string `json:"step"`
	OK    bool   `json:"ok"`
	Got   any    `json:"got"`
	Error string `json:"error,omitempty"`
}

func newSession(ctx context.Context, accountID string) *session {
	s := &session{ctx: ctx, accountID: accountID}
	s.admin = step("a workspace client", func() (*databricks.WorkspaceClient, error) {
		return databricks.NewWorkspaceClient(&databricks.Config{RateLimitPerSecond: requestsPerSecond})
	}, nothing)
	s.account = step("an account client", func() (*databricks.AccountClient, error) {
		return databricks.NewAccountClient(&databricks.Config{AccountID: accountID, RateLimitPerSecond: requestsPerSecond})
	}, nothing)
	s.raw = step("a client for anything", func() (*client.DatabricksClient, error) {
		return client.New(&config.Config{RateLimitPerSecond: requestsPerSecond})
	}, nothing)
	return s
}

// step does something, prints what of it is to be shown, and ends the program if it fails.
func step[T any](name string, do func() (T, error), show func(T) any) T {
	got, err := do()
	if err != nil {
		report(line{Step: name, Error: err.Error()})
		os.Exit(1)
	}
	report(line{Step: name, OK: true, Got: show(got)})
	return got
}

// refused does what must be refused, and prints how the SDK understands the refusal.
func refused(name string, do func() error) {
	step(name, func() (refusal, error) {
		err := do()
		var refusedBy *apierr.APIError
		if !errors.As(err, &refusedBy) {
			return refusal{}, fmt.Errorf("expected a refusal, got %v", err)
		}
		return refusal{classesOf(err), refusedBy.StatusCode, refusedBy.ErrorCode, refusedBy.Message}, nil
	}, func(got refusal) any { return got })
}

type refusal struct {
	Classes   []string `json:"classes"`
	Status    int      `json:"status"`
	ErrorCode string   `json:"error_code"`
	Message   string   `json:"message"`
}

func classesOf(err error) []string {
	classes := []struct {
		name  string
		class error
	}{
		{"BadRequest", apierr.ErrBadRequest},
		{"InvalidState", apierr.ErrInvalidState},
		{"InvalidParameterValue", apierr.ErrInvalidParameterValue},
		{"Unauthenticated", apierr.ErrUnauthenticated},
		{"PermissionDenied", apierr.ErrPermissionDenied},
		{"NotFound", apierr.ErrNotFound},
		{"ResourceDoesNotExist", apierr.ErrResourceDoesNotExist},
		{"ResourceConflict", apierr.ErrResourceConflict},
		{"AlreadyExists", apierr.ErrAlreadyExists},
		{"ResourceAlreadyExists", apierr.ErrResourceAlreadyExists},
		{"InternalError", apierr.ErrInternalError},
	}
	found := []string{}
	for _, one := range classes {
		if errors.Is(err, one.class) {
			found = append(found, one.name)
		}
	}
	return found
}

func report(one line) {
	if err := json.NewEncoder(os.Stdout).Encode(one); err != nil {
		panic(err)
	}
}

func all[T any](got T) any { return got }

func nothing[T any](T) any { return nil }

// some is a list that may not be empty.
func some[T any](found []T, err error) ([]T, error) {
	if err == nil && len(found) == 0 {
		err = errors.New("there is none")
	}
	return found, err
}

// send is a request of one's own making, with the SDK's login and its errors.
func (s *session) send(method, path string, request any) (map[string]any, error) {
	var got map[string]any
	headers := map[string]string{"Accept": "application/json"}
	if method != http.MethodGet {
		headers["Content-Type"] = "application/json"
	}
	err := s.raw.Do(s.ctx, method, path, headers, nil, request, &got)
	return got, err
}

// A newcomer is a service principal just made, with all that logs it in.
type newcomer struct {
	id            string
	applicationID string
	client        *databricks.WorkspaceClient
}

func (s *session) newcomer(name string, entitlements ...string) (*newcomer, error) {
	request := iam.CreateServicePrincipalRequest{DisplayName: name}
	for _, word := range entitlements {
		request.Entitlements = append(request.Entitlements, iam.ComplexValue{Value: word})
	}
	made, err := s.admin.ServicePrincipalsV2.Create(s.ctx, request)
	if err != nil {
		return nil, err
	}
	secret, err := s.admin.ServicePrincipalSecretsProxy.Create(s.ctx, oauth2.CreateServicePrincipalSecretRequest{ServicePrincipalId: made.Id})
	if err != nil {
		return nil, err
	}
	client, err := s.clientOf(made.ApplicationId, secret.Secret)
	return &newcomer{made.Id, made.ApplicationId, client}, err
}

func (s *session) clientOf(applicationID, secret string) (*databricks.WorkspaceClient, error) {
	return databricks.NewWorkspaceClient(&databricks.Config{
		Host:               s.admin.Config.Host,
		ClientID:           applicationID,
		ClientSecret:       secret,
		AuthType:           "oauth-m2m",
		RateLimitPerSecond: requestsPerSecond,
	})
}
