package main

import (
	"slices"

	"github.com/databricks/databricks-sdk-go/service/catalog"
)

func unityCatalog(s *session) {
	guest := step(s, "a guest on securables", func() (*newcomer, error) { return s.newcomer("go-reader") }, nothing)
	step(s, "the metastore of this workspace", func() (*catalog.MetastoreAssignment, error) {
		return s.admin.Metastores.Current(s.ctx)
	}, all)
	step(s, "a summary of the metastore", func() (*catalog.GetMetastoreSummaryResponse, error) {
		return s.admin.Metastores.Summary(s.ctx)
	}, func(summary *catalog.GetMetastoreSummaryResponse) any {
		return map[string]string{"id": summary.MetastoreId, "privilege_model": summary.PrivilegeModelVersion}
	})
	for _, kind := range securables {
		found := step(s, "list each "+kind.name, func() ([]string, error) { return some(kind.list(s)) }, all)
		step(s, "get a "+kind.name, func() (string, error) { return kind.get(s, found[0]) }, func(name string) any {
			return name == found[0]
		})
		walkGrants(s, kind, found[0], guest)
	}
}

func walkGrants(s *session, kind securableKind, name string, guest *newcomer) {
	change := func(change catalog.PermissionsChange) ([]catalog.PrivilegeAssignment, error) {
		change.Principal = guest.applicationID
		answer, err := s.admin.Grants.Update(s.ctx, catalog.UpdatePermissions{
			SecurableType: kind.grantType, FullName: name, Changes: []catalog.PermissionsChange{change},
		})
		if err != nil {
			return nil, err
		}
		return answer.PrivilegeAssignments, nil
	}
	before := step(s, "grants on a "+kind.name, func() (*catalog.GetPermissionsResponse, error) {
		return s.admin.Grants.GetBySecurableTypeAndFullName(s.ctx, kind.grantType, name)
	}, func(found *catalog.GetPermissionsResponse) any { return len(found.PrivilegeAssignments) })

	step(s, "grant on a "+kind.name, func() ([]catalog.PrivilegeAssignment, error) {
		return change(catalog.PermissionsChange{Add: []catalog.Privilege{kind.privilege}})
	}, func(after []catalog.PrivilegeAssignment) any {
		at := slices.IndexFunc(after, func(one catalog.PrivilegeAssignment) bool { return one.Principal == guest.applicationID })
		return map[string]any{"privileges": after[at].Privileges, "others_kept": len(after) == len(before.PrivilegeAssignments)+1}
	})

	step(s, "effective on a "+kind.name, func() (*catalog.EffectivePermissionsList, error) {
		return s.admin.Grants.GetEffective(s.ctx, catalog.GetEffectiveRequest{
			SecurableType: kind.grantType, FullName: name, Principal: guest.applicationID,
		})
	}, all)

	step(s, "take away on a "+kind.name, func() ([]catalog.PrivilegeAssignment, error) {
		return change(catalog.PermissionsChange{Remove: []catalog.Privilege{kind.privilege}})
	}, func(after []catalog.PrivilegeAssignment) any { return len(after) == len(before.PrivilegeAssignments) })
}
