"""What a client is told when it is refused, whichever client it is (api-facts: 2.2, 3.3, 4.1, 5.6, 6.4, 8)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    error: str
    """The most particular class that both SDKs make of it; Go calls it Err..."""
    status: int
    error_code: str
    message: str
    """A regular expression of all of it."""


APP = r"[0-9a-f-]{36}"
NOBODY = "00000000-0000-0000-0000-000000000000"

REFUSALS = {
    "no such path": Refusal("NotFound", 404, "ENDPOINT_NOT_FOUND", r"No API found for 'GET /api/2\.0/nope'"),
    "no such warehouse": Refusal("ResourceDoesNotExist", 404, "RESOURCE_DOES_NOT_EXIST", r"The warehouse 0123 does not exist\."),
    "no such cluster": Refusal("ResourceDoesNotExist", 400, "INVALID_PARAMETER_VALUE", r"Cluster 0101-x does not exist"),
    "no such job": Refusal("ResourceDoesNotExist", 400, "INVALID_PARAMETER_VALUE", r"Job 123 does not exist\."),
    "no such run": Refusal("ResourceDoesNotExist", 400, "INVALID_PARAMETER_VALUE", r"Run 123 does not exist\."),
    "no such kind of object": Refusal("InvalidParameterValue", 400, "INVALID_PARAMETER_VALUE", r"'foo' is not a valid request object type"),
    "no such level": Refusal(
        "InvalidParameterValue", 400, "INVALID_PARAMETER_VALUE", r"Permission level CAN_RESTART is not supported for warehouse.*"
    ),
    "no such principal": Refusal(
        "ResourceDoesNotExist", 404, "RESOURCE_DOES_NOT_EXIST", rf"Principal: ServicePrincipalName\({NOBODY}\) does not exist"
    ),
    "a job without an owner": Refusal("InvalidParameterValue", 400, "INVALID_PARAMETER_VALUE", r"The job must have exactly one owner\."),
    "a list that is not one's own": Refusal(
        "PermissionDenied", 403, "PERMISSION_DENIED", rf"{APP} does not have Manage permissions on bi-serverless\. Please contact .*"
    ),
    "no such catalog": Refusal("NotFound", 404, "CATALOG_DOES_NOT_EXIST", r"Catalog 'nope' does not exist\."),
    "no such schema": Refusal("NotFound", 404, "SCHEMA_DOES_NOT_EXIST", r"Schema 'main\.nope' does not exist\."),
    "no such table": Refusal("NotFound", 404, "TABLE_DOES_NOT_EXIST", r"Table 'main\.surveys\.nope' does not exist\."),
    "no such grantee": Refusal("NotFound", 404, "PRINCIPAL_DOES_NOT_EXIST", rf"Could not find principal with name {NOBODY}"),
    "a privilege that is of another kind": Refusal(
        "InvalidParameterValue",
        400,
        "INVALID_PARAMETER_VALUE",
        r"Privilege USE CATALOG is not applicable to this entity \[main\.surveys:SCHEMA/SCHEMA_STANDARD\]\. If this seems unexpected, "
        r"please check the privilege version of the metastore in use \[1\.0\]\.",
    ),
    "a grant that is not one's own": Refusal(
        "PermissionDenied", 403, "PERMISSION_DENIED", r"User does not have MANAGE on Schema 'main\.surveys'\."
    ),
    "no such SCIM id": Refusal("NotFound", 404, "SCIM_404", r"Service principal 123 not found\."),
    "an application id of one's own": Refusal(
        "BadRequest",
        400,
        "SCIM_400",
        r"Attribute applicationID cannot be specified for the SCIM Object\. "
        r"Request is unparsable, syntactically incorrect, or violates schema\.",
    ),
    "a secret for too long": Refusal("InvalidParameterValue", 400, "INVALID_PARAMETER_VALUE", r"lifetime must be .*'63072001s'\."),
    "a sixth secret": Refusal("BadRequest", 400, "QUOTA_EXCEEDED", r"Service principal \d+ has 5 secrets, and cannot have more\."),
    "a secret that is not there": Refusal(
        "ResourceDoesNotExist", 404, "RESOURCE_DOES_NOT_EXIST", rf"Secret {APP} of service principal \d+ does not exist\."
    ),
    "no such federation policy": Refusal(
        "ResourceDoesNotExist", 404, "RESOURCE_DOES_NOT_EXIST", r"Federation policy \S+ of service principal \d+ does not exist\."
    ),
    "a federation policy that is there already": Refusal(
        "AlreadyExists", 409, "ALREADY_EXISTS", r"Federation policy \S+ of service principal \d+ already exists\."
    ),
    "a principal that left": Refusal("NotFound", 404, "SCIM_404", r"Service principal \d+ not found\."),
    "a principal that was deleted": Refusal("NotFound", 404, "SCIM_404", r"Service principal \d+ not found\."),
    "SCIM without being an admin": Refusal("PermissionDenied", 403, "SCIM_403", rf"{APP} is not an admin of this workspace\."),
    "a job without a level": Refusal(
        "PermissionDenied",
        403,
        "PERMISSION_DENIED",
        rf"User {APP} does not have Manage Run or Owner or Admin permissions on job \d+",
    ),
    "stop a warehouse with CAN_USE": Refusal(
        "PermissionDenied",
        403,
        "PERMISSION_DENIED",
        rf"{APP} is not authorized to manage this SQL Endpoint\. Please contact your administrator\.",
    ),
    "a statement on another's warehouse": Refusal(
        "PermissionDenied",
        403,
        "PERMISSION_DENIED",
        rf"{APP} is not authorized to use this SQL Endpoint\. Please contact your administrator\.",
    ),
    "another's statement": Refusal("ResourceDoesNotExist", 404, "RESOURCE_DOES_NOT_EXIST", rf"The statement {APP} was not found\."),
    "no such volume": Refusal("NotFound", 404, "VOLUME_DOES_NOT_EXIST", r"Volume 'main\.surveys\.nope' does not exist\."),
    "no such connection": Refusal("NotFound", 404, "CONNECTION_DOES_NOT_EXIST", r"Connection 'nope' does not exist\."),
    "no such pipeline": Refusal(
        "ResourceDoesNotExist", 404, "RESOURCE_DOES_NOT_EXIST", rf"The specified pipeline {NOBODY} was not found\."
    ),
    "no such endpoint": Refusal("ResourceDoesNotExist", 404, "RESOURCE_DOES_NOT_EXIST", r"Serving endpoint with name nope not found"),
    "no such Genie space": Refusal("ResourceDoesNotExist", 404, "RESOURCE_DOES_NOT_EXIST", r"Genie space not found"),
    "no such path in the workspace": Refusal("ResourceDoesNotExist", 404, "RESOURCE_DOES_NOT_EXIST", r"Path \(/Teams/.*\) doesn't exist\."),
    # What a caller may not see at all is not there for it (api-facts: 8.2).
    "export without a level": Refusal("ResourceDoesNotExist", 404, "RESOURCE_DOES_NOT_EXIST", r"Path \(/Teams/.*\) doesn't exist\."),
    "query an endpoint without a level": Refusal(
        "PermissionDenied", 403, "PERMISSION_DENIED", rf"{APP} does not have Query permissions on churn-prod\. Please contact .*"
    ),
    "a catalog that is not empty": Refusal("BadRequest", 400, "BAD_REQUEST", r"Catalog '\w+' is not empty.*"),
    "no such scope": Refusal("ResourceDoesNotExist", 404, "RESOURCE_DOES_NOT_EXIST", r"Scope nope does not exist.*"),
    "a scope that is there already": Refusal("ResourceAlreadyExists", 400, "RESOURCE_ALREADY_EXISTS", r"Scope \S+ already exists.*"),
    "no such entry of a scope": Refusal(
        "ResourceDoesNotExist", 404, "RESOURCE_DOES_NOT_EXIST", rf"Failed to get secret acl for principal {APP} for scope \S+\."
    ),
    "read a scope without a level": Refusal(
        "PermissionDenied", 403, "PERMISSION_DENIED", rf"User {APP} does not have READ permission on scope \S+"
    ),
    "write to a scope with READ": Refusal(
        "PermissionDenied", 403, "PERMISSION_DENIED", rf"User {APP} does not have WRITE permission on scope \S+"
    ),
    "a home that nobody made": Refusal("ResourceDoesNotExist", 404, "RESOURCE_DOES_NOT_EXIST", rf"Path \(/Users/{APP}\) doesn't exist\."),
    "a fault of the server": Refusal("InternalError", 500, "INJECTED_FAULT", r"The sandbox was told to fail here\."),
    "an unknown token": Refusal("PermissionDenied", 403, "403", r"Invalid access token\."),
    "a cluster that runs already": Refusal("InvalidState", 400, "INVALID_STATE", r"Cluster \S+ is in unexpected state Running\."),
    "a group that is there already": Refusal("ResourceConflict", 409, "SCIM_409", r"Group with name \S+ already exists\."),
}
