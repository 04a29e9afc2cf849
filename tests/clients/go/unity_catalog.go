package main

import (
	"fmt"
	"maps"

	"github.com/databricks/databricks-sdk-go/listing"
	"github.com/databricks/databricks-sdk-go/service/catalog"
	"github.com/databricks/databricks-sdk-go/service/sharing"
)

func unityCatalog(s *session) {
	guest := step("a guest on securables", func() (*newcomer, error) { return s.newcomer("go-reader") }, nothing)
	step("the metastore of this workspace", func() (*catalog.MetastoreAssignment, error) {
		return s.admin.Metastores.Current(s.ctx)
	}, all)
	step("a summary of the metastore", func() (*catalog.GetMetastoreSummaryResponse, error) {
		return s.admin.Metastores.Summary(s.ctx)
	}, func(summary *catalog.GetMetastoreSummaryResponse) any {
		return map[string]string{"id": summary.MetastoreId, "privilege_model": summary.PrivilegeModelVersion}
	})
	for _, kind := range securables {
		found := step("list each "+kind.name, func() ([]string, error) { return some(kind.list(s)) }, all)
		step("get a "+kind.name, func() (string, error) { return kind.get(s, found[0]) }, func(name string) any {
			return name == found[0]
		})
		walkGrants(s, kind, found, guest)
	}
	grantsInPages(s)
	shares(s)
	making(s, guest)
}

// walkGrants grants and takes away on one of the names: the first on which others have something to lose, if there is such a one.
func walkGrants(s *session, kind securableKind, names []string, guest *newcomer) {
	name := names[0]
	before := step("grants on a "+kind.name, func() (map[string]string, error) {
		for _, one := range names {
			found, err := s.admin.Grants.GetBySecurableTypeAndFullName(s.ctx, kind.grantType, one)
			if err != nil {
				return nil, err
			}
			if len(found.PrivilegeAssignments) > 0 {
				name = one
				return privileges(found.PrivilegeAssignments), nil
			}
		}
		return map[string]string{}, nil
	}, func(found map[string]string) any { return len(found) })

	change := func(change catalog.PermissionsChange) func() (map[string]string, error) {
		return func() (map[string]string, error) {
			change.Principal = guest.applicationID
			answer, err := s.admin.Grants.Update(s.ctx, catalog.UpdatePermissions{
				SecurableType: kind.grantType, FullName: name, Changes: []catalog.PermissionsChange{change},
			})
			if err != nil {
				return nil, err
			}
			return privileges(answer.PrivilegeAssignments), nil
		}
	}
	step("grant on a "+kind.name, change(catalog.PermissionsChange{Add: []catalog.Privilege{kind.privilege}}), func(after map[string]string) any {
		granted := after[guest.applicationID]
		delete(after, guest.applicationID)
		return map[string]any{"privileges": granted, "others_kept": maps.Equal(after, before)}
	})

	step("effective on a "+kind.name, func() (*catalog.EffectivePermissionsList, error) {
		return s.admin.Grants.GetEffective(s.ctx, catalog.GetEffectiveRequest{
			SecurableType: kind.grantType, FullName: name, Principal: guest.applicationID,
		})
	}, all)

	step("take away on a "+kind.name, change(catalog.PermissionsChange{Remove: []catalog.Privilege{kind.privilege}}), func(after map[string]string) any {
		return maps.Equal(after, before)
	})
}

// privileges is what each principal has, as one word.
func privileges(assignments []catalog.PrivilegeAssignment) map[string]string {
	found := map[string]string{}
	for _, one := range assignments {
		found[one.Principal] = fmt.Sprint(one.Privileges)
	}
	return found
}

// grantsInPages asks by the newer paths, which always have pages.
func grantsInPages(s *session) {
	show := func(direct catalog.PrivilegeAssignment) string { return direct.Principal }
	step("grants on a schema, in pages", func() ([]string, error) {
		found, err := s.admin.Grants.ListAll(s.ctx, catalog.ListPrivilegeAssignmentsRequest{SecurableType: "schema", FullName: "main.surveys"})
		return ids(found, show), err
	}, all)
	step("grants on a schema, all at once", func() ([]string, error) {
		found, err := s.admin.Grants.GetBySecurableTypeAndFullName(s.ctx, "schema", "main.surveys")
		return ids(found.PrivilegeAssignments, show), err
	}, all)
	step("effective on a table, in pages", func() ([]catalog.EffectivePrivilegeAssignment, error) {
		return s.admin.Grants.ListEffectiveAll(s.ctx, catalog.ListEffectivePrivilegeAssignmentsRequest{
			SecurableType: "table", FullName: "main.surveys.questions", Principal: "boris.novak@acme.example",
		})
	}, all)
}

// shares go to recipients, by a path of their own.
func shares(s *session) {
	const share, recipient = "survey-results", "northwind"
	show := func(found []sharing.PrivilegeAssignment) any {
		return ids(found, func(one sharing.PrivilegeAssignment) string { return fmt.Sprint(one.Principal, " ", one.Privileges) })
	}
	change := func(change sharing.PermissionsChange) func() ([]sharing.PrivilegeAssignment, error) {
		return func() ([]sharing.PrivilegeAssignment, error) {
			change.Principal = recipient
			request := sharing.UpdateSharePermissions{Name: share, Changes: []sharing.PermissionsChange{change}}
			answer, err := s.admin.Shares.UpdatePermissions(s.ctx, request)
			if err != nil {
				return nil, err
			}
			return answer.PrivilegeAssignments, nil
		}
	}
	step("list shares, one a page", func() ([]string, error) {
		found, err := listing.ToSlice(s.ctx, s.admin.Shares.ListShares(s.ctx, sharing.SharesListRequest{MaxResults: 1}))
		return ids(found, func(one sharing.ShareInfo) string { return one.Name }), err
	}, all)
	step("who gets a share", func() ([]sharing.PrivilegeAssignment, error) {
		found, err := s.admin.Shares.SharePermissionsByName(s.ctx, share)
		if err != nil {
			return nil, err
		}
		return found.PrivilegeAssignments, nil
	}, show)
	step("take a share away", change(sharing.PermissionsChange{Remove: []string{"SELECT"}}), show)
	step("give a share", change(sharing.PermissionsChange{Add: []string{"SELECT"}}), show)
}

// making is a catalog with a schema and a volume in it, and an end of all three.
func making(s *session, guest *newcomer) {
	const name = "go_client"
	step("make a catalog, a schema, a volume", func() (*catalog.VolumeInfo, error) {
		if _, err := s.admin.Catalogs.Create(s.ctx, catalog.CreateCatalog{Name: name}); err != nil {
			return nil, err
		}
		if _, err := s.admin.Schemas.Create(s.ctx, catalog.CreateSchema{CatalogName: name, Name: "Deep"}); err != nil {
			return nil, err
		}
		return s.admin.Volumes.Create(s.ctx, catalog.CreateVolumeRequestContent{
			CatalogName: name, SchemaName: "deep", Name: "files", VolumeType: catalog.VolumeTypeManaged,
		})
	}, func(volume *catalog.VolumeInfo) any { return []string{volume.FullName, string(volume.VolumeType)} })

	step("a grant on a catalog reaches its volume", func() (*catalog.EffectivePermissionsList, error) {
		change := catalog.PermissionsChange{Principal: guest.applicationID, Add: []catalog.Privilege{"READ_VOLUME"}}
		_, err := s.admin.Grants.Update(s.ctx, catalog.UpdatePermissions{
			SecurableType: "catalog", FullName: name, Changes: []catalog.PermissionsChange{change},
		})
		if err != nil {
			return nil, err
		}
		return s.admin.Grants.GetEffective(s.ctx, catalog.GetEffectiveRequest{
			SecurableType: "volume", FullName: name + ".deep.files", Principal: guest.applicationID,
		})
	}, func(found *catalog.EffectivePermissionsList) any { return found.PrivilegeAssignments[0].Privileges })

	refused("a catalog that is not empty", func() error { return s.admin.Catalogs.DeleteByName(s.ctx, name) })
	step("delete a catalog with all in it", func() (bool, error) {
		return true, s.admin.Catalogs.Delete(s.ctx, catalog.DeleteCatalogRequest{Name: name, Force: true})
	}, all)
}
