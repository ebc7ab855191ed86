"""The published tree, as any web server would serve it, with the right types."""

import os
from email.utils import formatdate
from hashlib import blake2b
from mimetypes import guess_type
from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

_FEEDS = {"atom.xml": "application/atom+xml; charset=utf-8"}


class Tree(StaticFiles):
    """Files below a folder; `index.html` for folders. It may be filled later."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, html=True, check_dir=False)

    async def check_config(self) -> None:
        """Say nothing of a folder that is not there yet: it is a tree without files."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with what stands at a path. Files whose name begins with a dot are not published."""
        if any(part.startswith(".") and part != "." for part in Path(path).parts):
            raise HTTPException(404)
        return await super().get_response(path, scope)

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,  # noqa: ARG002 - it may be that of a file that was just replaced
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Answer with a file, or with 304 to whoever has it.

        Length, date and bytes are those of one open file: publishing may put another in its place
        at any moment, and an answer must not begin as the one and end as the other.
        """
        try:
            with Path(full_path).open("rb") as file:
                content, written = file.read(), os.fstat(file.fileno()).st_mtime
        except OSError as error:
            raise HTTPException(404) from error
        headers = {
            "Content-Length": str(len(content)),
            "ETag": f'"{blake2b(content, digest_size=16).hexdigest()}"',
            "Last-Modified": formatdate(written, usegmt=True),
        }
        kind = _FEEDS.get(Path(full_path).name) or guess_type(full_path)[0] or "application/octet-stream"
        body = b"" if scope["method"] == "HEAD" else content
        response = Response(body, status_code, headers, media_type=kind)
        if self.is_not_modified(response.headers, Headers(scope=scope)):
            return NotModifiedResponse(response.headers)
        return response
