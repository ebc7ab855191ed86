"""Jinja2: the site's templates over the shipped ones, in a sandbox, in whatever language.

HTML templates escape what they print; text templates do not. A name that a template uses and
nobody gave is an error, never an empty place. What stands in `{% trans %}` or `_()` is looked up
in catalogues (`speech`); like templates, those of the site come before the shipped ones.
"""

import traceback
from collections.abc import Sequence
from copy import copy
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplatesNotFound,
    TemplateSyntaxError,
)
from markupsafe import Markup

from feeder import shipped
from feeder.errors import ConfigurationError
from feeder.markup import dates, html, languages, text, urls, wrapping
from feeder.model.items import Picture
from feeder.model.settings import Site
from feeder.templating import compiled, phrases, speech
from feeder.templating.sandbox import Sandbox
from feeder.templating.speech import ENGLISH, Speech

__all__ = ["Markup", "Templates", "source_of"]

_HTML = "html.jinja"

_LANGUAGES_KEPT = 32
"""In how many languages templates are kept ready: far more than there are catalogues, and no more than asked for."""


class Templates:
    """Templates of one site, found in the first of `folders` that has them, speaking the site's language.

    `signup` is whether people can sign up for mail by themselves.
    """

    def __init__(self, folders: Sequence[Path], site: Site, *, signup: bool = False) -> None:
        self._folders = [folder for folder in folders if folder.is_dir()]
        self._site = site
        self.signup = signup
        self._catalogues = speech.catalogues_in(self._folders)
        self._into = lru_cache(_LANGUAGES_KEPT)(self._speaking)
        self.speech = self._speech(site.language)

    @property
    def language(self) -> str:
        """The tag of the language that is spoken."""
        return self.speech.tag

    @cached_property
    def languages(self) -> tuple[tuple[str, str], ...]:
        """The languages that can be spoken: their tags, and what those who speak them call them."""
        from feeder.templating import spoken  # noqa: PLC0415 - it takes a while, and is seldom needed

        return tuple((tag, spoken.own_name(tag)) for tag in sorted({ENGLISH, *self._catalogues}))

    def into(self, language: str) -> "Templates":
        """Return these templates speaking another language (a tag): English where there is no catalogue."""
        return self._into(language)

    def _speaking(self, language: str) -> "Templates":
        if language == self.language:
            return self
        other = copy(self)
        other.speech = self._speech(language)
        vars(other).pop("_environment", None)
        return other

    def _speech(self, language: str) -> Speech:
        return Speech(language, self._site.zone, speech.catalogues_for(language, self._catalogues))

    @cached_property
    def _environment(self) -> Environment:
        # The sandbox looks at every attribute, which takes half the time; it is for the templates of
        # users, and where there are none, nothing needs it.
        own = [folder for folder in self._folders if folder != shipped.templates()]
        is_sandboxed = any(True for folder in own for _ in folder.rglob("*.jinja"))
        environment = (Sandbox if is_sandboxed else Environment)(
            bytecode_cache=compiled.in_this_process(),
            loader=ChoiceLoader(
                [
                    FileSystemLoader(self._folders),
                    # So that a site's own page can be a shipped one with another block.
                    PrefixLoader({"shipped": FileSystemLoader(self._folders[-1:])}),
                ]
            ),
            autoescape=lambda name: name is None or name.endswith(_HTML),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            extensions=["jinja2.ext.i18n"],
        )
        environment.policies["ext.i18n.trimmed"] = True
        said = self.speech
        environment.newstyle_gettext = True  # type: ignore[attr-defined] # the extension puts it there
        environment.globals |= phrases.functions(said)
        environment.filters |= {
            "day": compiled.late(said.day),
            "moment": compiled.late(said.moment),
            "number": compiled.late(said.number),
            "translated": compiled.late(said.gettext),
            "iso": dates.iso,
            "text": html.to_text,
            "line": text.line,
            "wrapped": wrapping.wrapped,
            "columns": wrapping.columns,
            "excerpt": html.excerpt,
            "beginning": html.beginning,
        }
        environment.globals |= {
            "site": self._site,
            "signup": self.signup,
            "language": self.language,
            "address": self.address,
            "direction": languages.direction,
        }
        return environment

    def address(self, path: str) -> str:
        """Return the public address of a path in the published tree."""
        return urls.absolute(self._site.public_url, path)

    def render(self, name: str, /, *others: str, **context: object) -> str:
        """Render the template `name`; where there is none, the first of `others` that there is.

        Raises: ConfigurationError naming the template, and the line where there is one.
        """
        environment = self._environment
        try:
            template = environment.select_template([name, *others])
            if isinstance(environment, Sandbox):
                return environment.write(template, context)
            return template.render(context)
        except TemplatesNotFound as error:
            raise ConfigurationError(
                f"template {name}",
                "is not there",
                "write it into the folder of templates, or name one that there is",
            ) from error
        except ConfigurationError:  # of a catalogue
            raise
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
        digest = sha256(repr((self._site, self.signup)).encode())
        for number, folder in enumerate(self._folders):
            for file in sorted(folder.rglob("*")):
                if file.is_file():
                    name = file.relative_to(folder).as_posix()
                    digest.update(f"{number}\0{name}\0".encode() + sha256(file.read_bytes()).digest())
        return digest.hexdigest()


def source_of(picture: Picture, templates: Templates) -> str:
    """Return the absolute address of a picture."""
    return templates.address(picture.src) if picture.file else picture.src
