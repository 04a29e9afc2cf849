package main

import (
	"maps"

	"github.com/databricks/databricks-sdk-go/service/iam"
)

func objects(s *session) {
	guest := step("a guest on objects", func() (*newcomer, error) { return s.newcomer("go-guest") }, nothing)
	for _, kind := range kinds {
		found := step("list "+kind.requestType, func() ([]object, error) { return some(kind.list(s)) }, func(found []object) any {
			return ids(found, func(one object) string { return one.id + " " + one.name })
		})
		walkAccessList(s, kind.requestType, found[0].id, guest)
	}
}

// walkAccessList gives a guest the lowest level and puts the list back as it was: what the plugin does to it in its life.
func walkAccessList(s *session, requestType, id string, guest *newcomer) {
	levels := step("levels of "+requestType, func() ([]string, error) {
		found, err := s.admin.Permissions.GetPermissionLevelsByRequestObjectTypeAndRequestObjectId(s.ctx, requestType, id)
		if err != nil {
			return nil, err
		}
		levels := []string{}
		for _, one := range found.PermissionLevels {
			levels = append(levels, string(one.PermissionLevel))
		}
		return levels, nil
	}, all)

	before := step("read the list of "+requestType, func() (*iam.ObjectPermissions, error) {
		return s.admin.Permissions.GetByRequestObjectTypeAndRequestObjectId(s.ctx, requestType, id)
	}, func(got *iam.ObjectPermissions) any {
		return map[string]any{"id": id, "object_id": got.ObjectId, "object_type": got.ObjectType, "direct": direct(got)}
	})

	step("add to the list of "+requestType, func() (*iam.ObjectPermissions, error) {
		entry := iam.AccessControlRequest{ServicePrincipalName: guest.applicationID, PermissionLevel: iam.PermissionLevel(levels[0])}
		return s.admin.Permissions.Update(s.ctx, iam.UpdateObjectPermissions{
			RequestObjectType: requestType, RequestObjectId: id, AccessControlList: []iam.AccessControlRequest{entry},
		})
	}, func(after *iam.ObjectPermissions) any {
		expected := direct(before)
		expected[guest.applicationID] = levels[0]
		return maps.Equal(direct(after), expected)
	})

	step("put the list of "+requestType+" back", func() (*iam.ObjectPermissions, error) {
		return s.admin.Permissions.Set(s.ctx, iam.SetObjectPermissions{
			RequestObjectType: requestType, RequestObjectId: id, AccessControlList: asRequest(before),
		})
	}, func(after *iam.ObjectPermissions) any { return maps.Equal(direct(after), direct(before)) })
}

// direct is who has which level by an entry of its own.
func direct(list *iam.ObjectPermissions) map[string]string {
	found := map[string]string{}
	for _, entry := range asRequest(list) {
		found[entry.UserName+entry.GroupName+entry.ServicePrincipalName] = string(entry.PermissionLevel)
	}
	return found
}

func asRequest(list *iam.ObjectPermissions) []iam.AccessControlRequest {
	entries := []iam.AccessControlRequest{}
	for _, item := range list.AccessControlList {
		for _, one := range item.AllPermissions {
			if !one.Inherited {
				entries = append(entries, iam.AccessControlRequest{
					UserName: item.UserName, GroupName: item.GroupName, ServicePrincipalName: item.ServicePrincipalName,
					PermissionLevel: one.PermissionLevel,
				})
			}
		}
	}
	return entries
}
