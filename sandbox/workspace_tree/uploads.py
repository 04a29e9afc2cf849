"""Imports that come as a form with the file in it, as `upload` of the official SDKs sends them."""

import base64
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from email.policy import HTTP

from sandbox.errors import Json, MalformedRequestError
from sandbox.routing import Call


def import_of(call: Call) -> Json:
    """The fields of an import, however it was sent; the content in base64, as JSON has it."""
    content_type = call.headers.get("content-type", "")
    if not content_type.startswith("multipart/form-data"):
        return call.body
    form = BytesParser(EmailMessage, policy=HTTP).parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + call.raw_body)
    if not form.is_multipart():
        raise MalformedRequestError("Invalid form given in the body of the request")
    sent = {str(part.get_param("name", header="content-disposition")): _bytes_of(part) for part in form.iter_parts()}
    content = base64.b64encode(sent.pop("content", b"")).decode()
    return {
        **{name: value.decode(errors="replace") for name, value in sent.items()},
        "content": content,
        "overwrite": sent.get("overwrite") == b"true",
    }


def _bytes_of(part: MIMEPart) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""
