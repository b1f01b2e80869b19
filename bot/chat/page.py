"""The local chat's web page: its files, served with a strict content policy and an ETag each."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

WEB = Path(__file__).with_name("web")

CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}

# Scripts and styles come from this server's own files alone; `blob:` is what the page makes of files fetched with the
# person's key. Trusted types make the browser refuse any text that is handed over as markup.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)


@dataclass(frozen=True)
class Page:
    """One file as it is sent."""

    content: bytes
    content_type: str
    etag: str

    def answer(self, request: Request) -> Response:
        """The file, or 304 if the browser has this very version.

        `no-cache` makes the browser ask each time: after an upgrade no old script meets a new server. No referrer is
        sent, because a personal link is a secret.
        """
        headers = {
            "ETag": self.etag,
            "Cache-Control": "no-cache",
            "Content-Security-Policy": CONTENT_SECURITY_POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        }
        if self.etag in (tag.strip() for tag in request.headers.get("if-none-match", "").split(",")):
            return Response(status_code=304, headers=headers)
        return Response(self.content, media_type=self.content_type, headers=headers)


def read_pages(folder: Path) -> dict[str, Page]:
    """The files of `folder` by name. Raises ValueError on a file whose content type is not known."""
    pages = {}
    for path in sorted(folder.iterdir()):
        if path.suffix not in CONTENT_TYPES:
            raise ValueError(f"{path.name}: no content type is known for this file")
        content = path.read_bytes()
        etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        pages[path.name] = Page(content, CONTENT_TYPES[path.suffix], etag)
    return pages


def routes() -> list[Route]:
    """`GET /`, `GET /link/{token}` (both the page itself) and `GET /static/{name}`."""
    pages = read_pages(WEB)

    async def index(request: Request) -> Response:
        return pages["index.html"].answer(request)

    async def static(request: Request) -> Response:
        page = pages.get(request.path_params["name"])
        if page is None:
            return Response("Not Found", status_code=404, media_type="text/plain; charset=utf-8")
        return page.answer(request)

    return [Route("/", index), Route("/link/{token}", index), Route("/static/{name}", static)]
