"""What the workspace refuses, in Databricks' own words. The rules raise these; app.py alone makes HTTP of them.

ApiError                                  {"error_code", "message", "details"}  (api-facts: 2.1)
├── UnauthenticatedError                  401
├── InvalidAccessTokenError               403, with the reason in a header too
├── PermissionDeniedError                 403 PERMISSION_DENIED
├── ResourceDoesNotExistError             404 RESOURCE_DOES_NOT_EXIST
├── EndpointNotFoundError                 404 ENDPOINT_NOT_FOUND
├── InvalidParameterValueError            400 INVALID_PARAMETER_VALUE
├── BadRequestError                       400 BAD_REQUEST
├── MalformedRequestError                 400 MALFORMED_REQUEST
├── InvalidStateError                     400 INVALID_STATE
├── ResourceAlreadyExistsError            400 RESOURCE_ALREADY_EXISTS
├── QuotaExceededError                    400 QUOTA_EXCEEDED
└── AlreadyExistsError                    409 ALREADY_EXISTS
ScimError                                 SCIM's own shape  (api-facts: 2.1, 3.3)
OAuthError                                RFC 6749's own shape  (api-facts: 1.2)
"""

from typing import Any, ClassVar

Json = dict[str, Any]


class SandboxError(Exception):
    """Whatever is answered with a body of its own and a status other than 2xx."""

    status: int = 500
    headers: ClassVar[dict[str, str]] = {}

    def body(self, request_id: str) -> Json:
        raise NotImplementedError


class ApiError(SandboxError):
    error_code: str | int = "INTERNAL_ERROR"

    def __init__(self, message: str, *, status: int | None = None, error_code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status or self.status
        self.error_code = error_code or self.error_code

    def body(self, request_id: str) -> Json:
        request = {"@type": "type.googleapis.com/google.rpc.RequestInfo", "request_id": request_id, "serving_data": ""}
        return {"error_code": self.error_code, "message": self.message, "details": [request]}


class UnauthenticatedError(ApiError):
    status = 401
    error_code = 401


class InvalidAccessTokenError(ApiError):
    status = 403
    error_code = 403
    headers: ClassVar[dict[str, str]] = {"X-Databricks-Reason-Phrase": "Invalid access token."}

    def __init__(self) -> None:
        super().__init__("Invalid access token.")


class PermissionDeniedError(ApiError):
    status = 403
    error_code = "PERMISSION_DENIED"


class ResourceDoesNotExistError(ApiError):
    status = 404
    error_code = "RESOURCE_DOES_NOT_EXIST"


class EndpointNotFoundError(ApiError):
    status = 404
    error_code = "ENDPOINT_NOT_FOUND"

    def __init__(self, method: str, path: str) -> None:
        super().__init__(f"No API found for '{method} {path}'")


class InvalidParameterValueError(ApiError):
    status = 400
    error_code = "INVALID_PARAMETER_VALUE"


class BadRequestError(ApiError):
    status = 400
    error_code = "BAD_REQUEST"


class MalformedRequestError(ApiError):
    status = 400
    error_code = "MALFORMED_REQUEST"


class InvalidStateError(ApiError):
    status = 400
    error_code = "INVALID_STATE"


class ResourceAlreadyExistsError(ApiError):
    status = 400
    error_code = "RESOURCE_ALREADY_EXISTS"


class QuotaExceededError(ApiError):
    # Not 429: the Terraform provider would repeat such a request for ever (api-facts: 4.1).
    status = 400
    error_code = "QUOTA_EXCEEDED"


class AlreadyExistsError(ApiError):
    status = 409
    error_code = "ALREADY_EXISTS"


class ScimError(SandboxError):
    def __init__(self, status: int, detail: str, *, scim_type: str | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.scim_type = scim_type

    def body(self, request_id: str) -> Json:  # noqa: ARG002 - SCIM's shape has no place for it
        scim_type = {"scimType": self.scim_type} if self.scim_type else {}
        return {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "detail": self.detail, "status": str(self.status), **scim_type}


class OAuthError(SandboxError):
    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description

    def body(self, request_id: str) -> Json:  # noqa: ARG002 - RFC 6749's shape has no place for it
        return {"error": self.error, "error_description": self.description}
