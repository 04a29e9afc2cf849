"""databricks-sdk in the workspace's tree and in secret scopes."""

import base64

import pytest
from databricks.sdk.errors import NotFound, ResourceAlreadyExists
from databricks.sdk.service.iam import PermissionLevel
from databricks.sdk.service.workspace import AclItem, AclPermission, ExportFormat, ImportFormat, Language, ObjectType

from tests.harness import Newcomer, Sandbox

FOLDER = "/Teams/py-client/deep"


def test_a_notebook_is_put_into_the_tree_and_taken_out(sandbox: Sandbox) -> None:
    """A path means the same with and without /Workspace; what is imported is exported again, and goes with its folder."""
    tree, content = sandbox.admin.workspace, base64.b64encode(b"print('py')").decode()
    tree.mkdirs(FOLDER)
    tree.import_(f"{FOLDER}/notebook", content=content, format=ImportFormat.SOURCE, language=Language.PYTHON)

    assert tree.get_status(f"/Workspace{FOLDER}").object_type == ObjectType.DIRECTORY
    assert [(one.path, one.object_type, one.language) for one in tree.list(FOLDER)] == [
        (f"{FOLDER}/notebook", ObjectType.NOTEBOOK, Language.PYTHON)
    ]
    assert tree.export(f"{FOLDER}/notebook", format=ExportFormat.SOURCE).content == content

    tree.delete("/Teams/py-client", recursive=True)
    with pytest.raises(NotFound):
        tree.get_status(f"{FOLDER}/notebook")


def test_a_file_is_uploaded_and_downloaded(sandbox: Sandbox) -> None:
    """The SDK's own way, which is a form with the file in it, and raw bytes back."""
    tree = sandbox.admin.workspace
    tree.mkdirs(FOLDER)

    content = b"\r\n\n" + bytes(range(256)) + b"\n"
    tree.upload(f"{FOLDER}/notes.bin", content, format=ImportFormat.AUTO)
    with pytest.raises(ResourceAlreadyExists):
        tree.upload(f"{FOLDER}/notes.bin", b"", format=ImportFormat.AUTO)
    tree.upload(f"{FOLDER}/\u00fcbung", b"print('py')", language=Language.PYTHON, overwrite=True)

    assert tree.get_status(f"{FOLDER}/notes.bin").object_type == ObjectType.FILE
    assert tree.get_status(f"{FOLDER}/\u00fcbung").language == Language.PYTHON
    with tree.download(f"{FOLDER}/notes.bin") as file:
        assert file.read() == content


def test_a_level_on_a_folder_reaches_what_is_in_it(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """It is listed as inherited, with the folder that it comes from."""
    folder = sandbox.admin.workspace.get_status("/Teams/cx")
    notebook = sandbox.admin.workspace.get_status("/Teams/cx/surveys/nightly/load")
    sandbox.grant("directories", str(folder.object_id), newcomer, "CAN_READ")

    listed = sandbox.admin.permissions.get("notebooks", str(notebook.object_id)).access_control_list or []
    levels = next(entry.all_permissions for entry in listed if entry.service_principal_name == newcomer.application_id)

    assert [(one.permission_level, one.inherited, one.inherited_from_object) for one in levels or []] == [
        (PermissionLevel.CAN_READ, True, [f"/directories/{folder.object_id}"])
    ]
    assert sandbox.client_of(newcomer).workspace.export("/Teams/cx/surveys/nightly/load").content


def test_a_scope_lets_in_whom_it_names(sandbox: Sandbox, newcomer: Newcomer) -> None:
    """An entry comes by itself, opens the scope's secrets for reading, and goes by itself; the creator's stays."""
    secrets = sandbox.admin.secrets
    secrets.create_scope("py-scope")
    secrets.put_secret("py-scope", "key", string_value="not-a-real-one")
    own = list(secrets.list_acls("py-scope"))
    assert own == [AclItem(permission=AclPermission.MANAGE, principal=sandbox.admin_credentials[0])]

    secrets.put_acl("py-scope", newcomer.application_id, AclPermission.READ)
    assert secrets.get_acl("py-scope", newcomer.application_id).permission == AclPermission.READ
    assert len(list(secrets.list_acls("py-scope"))) == len(own) + 1
    theirs = sandbox.client_of(newcomer).secrets
    assert "py-scope" in {scope.name for scope in theirs.list_scopes()}
    assert [secret.key for secret in theirs.list_secrets("py-scope")] == ["key"]
    assert base64.b64decode(theirs.get_secret("py-scope", "key").value or "") == b"not-a-real-one"

    secrets.delete_acl("py-scope", newcomer.application_id)
    assert list(secrets.list_acls("py-scope")) == own
    secrets.delete_scope("py-scope")
    assert "py-scope" not in {scope.name for scope in secrets.list_scopes()}
