"""Jinja2: the site's templates over the shipped ones, in a sandbox.

HTML templates escape what they print; text templates do not. A name that a template uses and
nobody gave is an error, never an empty place.
"""

import traceback
from collections.abc import Sequence
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from feeder import shipped
from feeder.errors import ConfigurationError
from feeder.markup import dates, html, languages, text, urls
from feeder.model.items import Picture
from feeder.model.settings import Site

__all__ = ["Markup", "Templates", "source_of"]

_HTML = "html.jinja"


class Templates:
    """Templates of one site, found in the first of `folders` that has them."""

    def __init__(self, folders: Sequence[Path], site: Site) -> None:
        self._folders = [folder for folder in folders if folder.is_dir()]
        self._site = site
        # The sandbox looks at every attribute, which takes half the time; it is for the templates of
        # users, and where there are none, nothing needs it.
        own = [folder for folder in self._folders if folder != shipped.templates()]
        is_sandboxed = any(True for folder in own for _ in folder.rglob("*.jinja"))
        self._environment = (ImmutableSandboxedEnvironment if is_sandboxed else Environment)(
            loader=FileSystemLoader(self._folders),
            autoescape=lambda name: name is None or name.endswith(_HTML),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        zone = ZoneInfo(site.zone)
        self._environment.filters |= {
            "day": lambda moment: dates.day(moment, zone),
            "iso": dates.iso,
            "text": html.to_text,
            "line": text.line,
            "excerpt": html.excerpt,
            "beginning": html.beginning,
        }
        self._environment.globals |= {"site": site, "address": self.address, "direction": languages.direction}

    def address(self, path: str) -> str:
        """Return the public address of a path in the published tree."""
        return urls.absolute(self._site.public_url, path)

    def render(self, name: str, **context: object) -> str:
        """Render the template `name`.

        Raises: ConfigurationError naming the template, and the line where there is one.
        """
        try:
            return self._environment.get_template(name).render(context)
        except Exception as error:  # a template can raise anything that an expression can
            raise ConfigurationError(
                f"template {self._place(error, name)}",
                f"cannot be rendered ({type(error).__name__}: {error})",
                "mend it, or remove it to use the one that is shipped",
            ) from error

    def _place(self, error: Exception, name: str) -> str:
        """Return the template at fault, which `name` may only have included, and its line."""
        if isinstance(error, TemplateSyntaxError):
            return f"{error.name or name}, line {error.lineno}"
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            for folder in self._folders:
                file = Path(frame.filename)
                if file.is_relative_to(folder):
                    return f"{file.relative_to(folder).as_posix()}, line {frame.lineno}"
        return name

    def assets(self) -> dict[str, bytes]:
        """Return the files under `assets/`, by their path there."""
        found: dict[str, bytes] = {}
        for folder in reversed(self._folders):
            assets = folder / "assets"
            for file in sorted(assets.rglob("*")):
                if file.is_file():
                    found[file.relative_to(assets).as_posix()] = file.read_bytes()
        return found

    @cached_property
    def fingerprint(self) -> str:
        """A digest of the site's settings and all template files: what they make may differ when it does.

        Files are read once: a template that was loaded stays as it was until the program starts anew.
        """
        digest = sha256(repr(self._site).encode())
        for number, folder in enumerate(self._folders):
            for file in sorted(folder.rglob("*")):
                if file.is_file():
                    name = file.relative_to(folder).as_posix()
                    digest.update(f"{number}\0{name}\0".encode() + sha256(file.read_bytes()).digest())
        return digest.hexdigest()


def source_of(picture: Picture, templates: Templates) -> str:
    """Return the absolute address of a picture."""
    return templates.address(picture.src) if picture.file else picture.src
