"""What goes over the wire: parameters read from any of the accepted forms, answers, errors, and a connection cut."""

import json
import logging
import math
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

log = logging.getLogger("qiantong.chat")

FORM_BYTES = 1024 * 1024
UPLOAD_BYTES = 50 * 1024 * 1024


class ApiError(Exception):
    """A refusal with its status, description and parameters."""

    def __init__(self, status: int, description: str, parameters: dict[str, Any] | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters


def bad(description: str) -> ApiError:
    """A 400 in Telegram's wording."""
    return ApiError(400, f"Bad Request: {description}")


def dump(value: Any) -> str:
    """Compact JSON with the characters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def answer(result: Any) -> Response:
    """A good answer."""
    return raw_answer(dump(result))


def raw_answer(result: str) -> Response:
    """A good answer whose result is JSON already."""
    return Response(f'{{"ok":true,"result":{result}}}', media_type="application/json")


def refusal(error: ApiError) -> Response:
    """A refused call, with Telegram's body."""
    body: dict[str, Any] = {"ok": False, "error_code": error.status, "description": error.description}
    if error.parameters:
        body["parameters"] = error.parameters
    return Response(dump(body), status_code=error.status, media_type="application/json")


class Cut(Response):
    """No answer at all: the connection is torn down."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport = scope.get("state", {}).get("transport")
        if transport is None:
            # Not our own protocol class: a promised body that never comes makes the server drop the connection.
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
            return
        transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass


async def _body(request: Request, limit: int) -> bytes:
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > limit:
        raise ApiError(413, "Request Entity Too Large")
    chunks = bytearray()
    async for chunk in request.stream():
        chunks += chunk
        if len(chunks) > limit:
            raise ApiError(413, "Request Entity Too Large")
    return bytes(chunks)


async def _multipart(request: Request, limit: int) -> FormData:
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > limit:
        raise ApiError(413, "Request Entity Too Large")

    async def counted() -> Any:
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise ApiError(413, "Request Entity Too Large")
            yield chunk

    parser = MultiPartParser(request.headers, counted(), max_files=20, max_fields=100, max_part_size=FORM_BYTES)
    try:
        return await parser.parse()
    except MultiPartException as error:
        raise bad(f"can't parse the multipart body: {error.message}") from error


async def parameters(request: Request) -> tuple[dict[str, Any], dict[str, UploadFile]]:
    """The parameters of a call, from the query and from a JSON, urlencoded or multipart body; and its uploads.

    Raises ApiError 400 for a body that does not parse, 413 for one too large.
    """
    values: dict[str, Any] = dict(request.query_params)
    uploads: dict[str, UploadFile] = {}
    if request.method != "POST":
        return values, uploads
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == "application/json":
            raw = await _body(request, FORM_BYTES)
            if raw:
                try:
                    content = json.loads(raw)
                except (ValueError, RecursionError) as error:
                    raise bad("can't parse request body as JSON object") from error
                if not isinstance(content, dict):
                    raise bad("can't parse request body as JSON object")
                values.update(content)
        elif kind == "multipart/form-data":
            form = await _multipart(request, UPLOAD_BYTES + FORM_BYTES)
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    uploads[name] = value
                else:
                    values[name] = value
        else:
            raw = await _body(request, FORM_BYTES)
            if raw:
                values.update(_urlencoded(raw))
    except ClientDisconnect:
        raise ApiError(400, "Bad Request: the body ended early") from None
    return values, uploads


def _urlencoded(raw: bytes) -> Mapping[str, str]:
    from urllib.parse import parse_qsl

    try:
        return dict(parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=200))
    except ValueError as error:
        raise bad("can't parse the body") from error


class Params:
    """Parameters by name and type; JSON values and their text forms are both taken."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values

    def has(self, name: str) -> bool:
        """Whether a parameter was given and is not empty."""
        return self.values.get(name) not in (None, "")

    def text(self, name: str, default: str = "") -> str:
        """A text; numbers come as their digits."""
        value = self.values.get(name)
        if value is None:
            return default
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str | int | float):
            return str(value)
        raise bad(f'field "{name}" must be of type String')

    def integer(self, name: str, default: int = 0) -> int:
        """A whole number."""
        value = self.values.get(name)
        if value in (None, ""):
            return default
        if isinstance(value, bool):
            return int(value)
        try:
            number = int(value)
        except (TypeError, ValueError, OverflowError) as error:
            raise bad(f'field "{name}" must be of type Integer') from error
        if abs(number) >= 1 << 62:
            raise bad(f'field "{name}" must be of type Integer')
        return number

    def number(self, name: str, default: float) -> float:
        """A number of seconds or the like."""
        value = self.values.get(name)
        if value in (None, ""):
            return default
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError) as error:
            raise bad(f'field "{name}" must be a Number') from error
        if not math.isfinite(number):
            raise bad(f'field "{name}" must be a Number')
        return number

    def flag(self, name: str, default: bool = False) -> bool:
        """A yes or no."""
        value = self.values.get(name)
        if value in (None, ""):
            return default
        if isinstance(value, str):
            return value.lower() in ("true", "1", "yes")
        return bool(value)

    def json(self, name: str) -> Any:
        """A nested value, given as such or as JSON text; None where it is missing."""
        value = self.values.get(name)
        if value in (None, ""):
            return None
        if isinstance(value, str):
            try:
                return json.loads(value)
            except (ValueError, RecursionError) as error:
                raise bad(f"can't parse {name.replace('_', ' ')} JSON object") from error
        return value

    def integers(self, name: str) -> list[int]:
        """A list of whole numbers, empty where it is missing."""
        value = self.json(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(one, int) and not isinstance(one, bool) for one in value):
            raise bad(f'field "{name}" must be an Array of Integer')
        if any(abs(one) >= 1 << 62 for one in value):
            raise bad(f'field "{name}" must be an Array of Integer')
        return value
