package main

import (
	"context"

	"github.com/databricks/databricks-sdk-go/listing"
	"github.com/databricks/databricks-sdk-go/service/catalog"
)

// The place of all that is in a schema.
const (
	ofCatalog = "main"
	ofSchema  = "surveys"
)

// A kind of securable: what its grants are called by, a privilege that fits, and how its full names are listed and got.
type securableKind struct {
	name      string
	grantType string
	privilege catalog.Privilege
	list      func(*session) ([]string, error)
	get       func(*session, string) (string, error)
}

var securables = []securableKind{
	kindOf("metastore", "metastore", "CREATE_CATALOG", func(one catalog.MetastoreInfo) string { return one.MetastoreId },
		func(s *session) listing.Iterator[catalog.MetastoreInfo] {
			return s.admin.Metastores.List(s.ctx, catalog.ListMetastoresRequest{MaxResults: 1})
		},
		func(s *session) getter[catalog.MetastoreInfo] { return s.admin.Metastores.GetById }),
	kindOf("catalog", "catalog", "USE_CATALOG", func(one catalog.CatalogInfo) string { return one.FullName },
		func(s *session) listing.Iterator[catalog.CatalogInfo] {
			return s.admin.Catalogs.List(s.ctx, catalog.ListCatalogsRequest{MaxResults: 1})
		},
		func(s *session) getter[catalog.CatalogInfo] { return s.admin.Catalogs.GetByName }),
	kindOf("schema", "schema", "USE_SCHEMA", func(one catalog.SchemaInfo) string { return one.FullName },
		func(s *session) listing.Iterator[catalog.SchemaInfo] {
			return s.admin.Schemas.List(s.ctx, catalog.ListSchemasRequest{CatalogName: ofCatalog, MaxResults: 1})
		},
		func(s *session) getter[catalog.SchemaInfo] { return s.admin.Schemas.GetByFullName }),
	kindOf("table", "table", "SELECT", func(one catalog.TableInfo) string { return one.FullName },
		func(s *session) listing.Iterator[catalog.TableInfo] {
			return s.admin.Tables.List(s.ctx, catalog.ListTablesRequest{CatalogName: ofCatalog, SchemaName: ofSchema, MaxResults: 1})
		},
		func(s *session) getter[catalog.TableInfo] { return s.admin.Tables.GetByFullName }),
	kindOf("volume", "volume", "READ_VOLUME", func(one catalog.VolumeInfo) string { return one.FullName },
		func(s *session) listing.Iterator[catalog.VolumeInfo] {
			return s.admin.Volumes.List(s.ctx, catalog.ListVolumesRequest{CatalogName: ofCatalog, SchemaName: ofSchema, MaxResults: 1})
		},
		func(s *session) getter[catalog.VolumeInfo] { return s.admin.Volumes.ReadByName }),
	kindOf("function", "function", "EXECUTE", func(one catalog.FunctionInfo) string { return one.FullName },
		func(s *session) listing.Iterator[catalog.FunctionInfo] {
			return s.admin.Functions.List(s.ctx, catalog.ListFunctionsRequest{CatalogName: ofCatalog, SchemaName: ofSchema, MaxResults: 1})
		},
		func(s *session) getter[catalog.FunctionInfo] { return s.admin.Functions.GetByName }),
	kindOf("model", "function", "EXECUTE", func(one catalog.RegisteredModelInfo) string { return one.FullName },
		func(s *session) listing.Iterator[catalog.RegisteredModelInfo] {
			return s.admin.RegisteredModels.List(s.ctx, catalog.ListRegisteredModelsRequest{MaxResults: 1})
		},
		func(s *session) getter[catalog.RegisteredModelInfo] { return s.admin.RegisteredModels.GetByFullName }),
	kindOf("external location", "external_location", "READ_FILES", func(one catalog.ExternalLocationInfo) string { return one.Name },
		func(s *session) listing.Iterator[catalog.ExternalLocationInfo] {
			return s.admin.ExternalLocations.List(s.ctx, catalog.ListExternalLocationsRequest{MaxResults: 1})
		},
		func(s *session) getter[catalog.ExternalLocationInfo] { return s.admin.ExternalLocations.GetByName }),
	kindOf("storage credential", "storage_credential", "CREATE_EXTERNAL_TABLE", func(one catalog.StorageCredentialInfo) string { return one.Name },
		func(s *session) listing.Iterator[catalog.StorageCredentialInfo] {
			return s.admin.StorageCredentials.List(s.ctx, catalog.ListStorageCredentialsRequest{MaxResults: 1})
		},
		func(s *session) getter[catalog.StorageCredentialInfo] { return s.admin.StorageCredentials.GetByName }),
	kindOf("service credential", "credential", "ACCESS", func(one catalog.CredentialInfo) string { return one.Name },
		func(s *session) listing.Iterator[catalog.CredentialInfo] {
			return s.admin.Credentials.ListCredentials(s.ctx, catalog.ListCredentialsRequest{Purpose: catalog.CredentialPurposeService, MaxResults: 1})
		},
		func(s *session) getter[catalog.CredentialInfo] { return s.admin.Credentials.GetCredentialByNameArg }),
	kindOf("connection", "connection", "USE_CONNECTION", func(one catalog.ConnectionInfo) string { return one.Name },
		func(s *session) listing.Iterator[catalog.ConnectionInfo] {
			return s.admin.Connections.List(s.ctx, catalog.ListConnectionsRequest{MaxResults: 1})
		},
		func(s *session) getter[catalog.ConnectionInfo] { return s.admin.Connections.GetByName }),
}

type getter[T any] func(ctx context.Context, name string) (*T, error)

func kindOf[T any](
	name, grantType string, privilege catalog.Privilege,
	fullName func(T) string, list func(*session) listing.Iterator[T], get func(*session) getter[T],
) securableKind {
	return securableKind{name, grantType, privilege, func(s *session) ([]string, error) {
		found, err := listing.ToSlice(s.ctx, list(s))
		return ids(found, fullName), err
	}, func(s *session, name string) (string, error) {
		found, err := get(s)(s.ctx, name)
		if err != nil {
			return "", err
		}
		return fullName(*found), nil
	}}
}
