"""The published tree, as any web server would serve it, with the right types."""

import os
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
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
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Answer with a file, or with 304 to whoever has it."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        kind = _FEEDS.get(Path(full_path).name)
        if kind and "content-type" in response.headers:
            response.headers["content-type"] = kind
        return response
