package main

import (
	"encoding/base64"
	"strings"

	"github.com/databricks/databricks-sdk-go/service/iam"
	"github.com/databricks/databricks-sdk-go/service/workspace"
)

// workspaceTree makes a folder with a notebook and a file in it, and lets somebody in by the folder alone.
func workspaceTree(s *session) {
	const folder, code = "/Teams/go-client/deep", "print('go')"
	notebook, file := folder+"/notebook", folder+"/notes.txt"
	reader := step("a reader of files", func() (*newcomer, error) { return s.newcomer("go-tree", "workspace-access") }, nothing)

	step("make a folder", func() (*workspace.ObjectInfo, error) {
		if err := s.admin.Workspace.MkdirsByPath(s.ctx, folder); err != nil {
			return nil, err
		}
		return s.admin.Workspace.GetStatusByPath(s.ctx, "/Workspace"+folder)
	}, func(found *workspace.ObjectInfo) any { return []any{found.ObjectType, found.Path} })

	made := step("import a notebook", func() (*workspace.ObjectInfo, error) {
		err := s.admin.Workspace.Import(s.ctx, workspace.Import{
			Path: notebook, Format: workspace.ImportFormatSource, Language: workspace.LanguagePython,
			Content: base64.StdEncoding.EncodeToString([]byte(code)),
		})
		if err != nil {
			return nil, err
		}
		return s.admin.Workspace.GetStatusByPath(s.ctx, notebook)
	}, func(found *workspace.ObjectInfo) any { return []any{found.ObjectType, found.Language} })

	step("upload a file", func() ([]byte, error) {
		if err := s.admin.Workspace.Upload(s.ctx, file, strings.NewReader("notes"), workspace.UploadFormat(workspace.ImportFormatAuto)); err != nil {
			return nil, err
		}
		return s.admin.Workspace.ReadFile(s.ctx, file)
	}, func(content []byte) any { return string(content) })

	step("list a folder", func() ([]workspace.ObjectInfo, error) {
		return s.admin.Workspace.ListAll(s.ctx, workspace.ListWorkspaceRequest{Path: folder})
	}, func(found []workspace.ObjectInfo) any {
		return ids(found, func(one workspace.ObjectInfo) string { return one.Path })
	})

	refused("export without a level", func() error {
		_, err := reader.client.Workspace.Export(s.ctx, workspace.ExportRequest{Path: notebook})
		return err
	})

	step("export by a level on the folder above", func() (*workspace.ExportResponse, error) {
		above, err := s.admin.Workspace.GetStatusByPath(s.ctx, "/Teams/go-client")
		if err != nil {
			return nil, err
		}
		entry := iam.AccessControlRequest{ServicePrincipalName: reader.applicationID, PermissionLevel: "CAN_READ"}
		_, err = s.admin.Permissions.Update(s.ctx, iam.UpdateObjectPermissions{
			RequestObjectType: "directories", RequestObjectId: number(above.ObjectId), AccessControlList: []iam.AccessControlRequest{entry},
		})
		if err != nil {
			return nil, err
		}
		return reader.client.Workspace.Export(s.ctx, workspace.ExportRequest{Path: notebook, Format: workspace.ExportFormatSource})
	}, func(exported *workspace.ExportResponse) any {
		content, _ := base64.StdEncoding.DecodeString(exported.Content)
		return string(content) == code
	})

	step("where a level comes from", func() (*iam.ObjectPermissions, error) {
		return s.admin.Permissions.GetByRequestObjectTypeAndRequestObjectId(s.ctx, "notebooks", number(made.ObjectId))
	}, func(list *iam.ObjectPermissions) any {
		for _, entry := range list.AccessControlList {
			if entry.ServicePrincipalName == reader.applicationID {
				one := entry.AllPermissions[0]
				return []any{one.PermissionLevel, one.Inherited, len(one.InheritedFromObject)}
			}
		}
		return nil
	})

	step("delete a folder with all in it", func() (bool, error) {
		return true, s.admin.Workspace.Delete(s.ctx, workspace.Delete{Path: "/Teams/go-client", Recursive: true})
	}, all)

	refused("no such path in the workspace", func() error {
		_, err := s.admin.Workspace.GetStatusByPath(s.ctx, notebook)
		return err
	})
}
