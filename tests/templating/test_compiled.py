"""Templates are compiled once; what they say is still said anew."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader
from jinja2.exceptions import SecurityError

from feeder.model.settings import Site
from feeder.templating import Templates, compiled
from feeder.templating.sandbox import Sandbox

MOMENT = datetime(2026, 11, 3, 23, 30, tzinfo=UTC)
GERMAN = 'msgid "Good morning"\nmsgstr "Guten Morgen"\n'


def speaking(folder: Path, language: str, zone: str = "UTC") -> Templates:
    return Templates([folder], Site("Ada", "Ada", "https://ada.example/", zone=zone)).into(language)


def test_a_constant_is_said_in_every_language_although_its_template_is_compiled_once(tmp_path: Path) -> None:
    (tmp_path / "languages").mkdir()
    (tmp_path / "languages" / "de.po").write_text(GERMAN, "utf-8")
    (tmp_path / "t.jinja").write_text('{{ "Good morning" | translated }}, {{ 1234.5 | number }}', "utf-8")

    assert speaking(tmp_path, "en").render("t.jinja") == "Good morning, 1,234.5"
    assert speaking(tmp_path, "de").render("t.jinja") == "Guten Morgen, 1.234,5"


def test_two_sites_that_share_templates_keep_their_own_zones(tmp_path: Path) -> None:
    (tmp_path / "t.jinja").write_text("{{ moment | day }}", "utf-8")

    assert speaking(tmp_path, "en", "UTC").render("t.jinja", moment=MOMENT) == "3 November 2026"
    assert speaking(tmp_path, "en", "Asia/Tokyo").render("t.jinja", moment=MOMENT) == "4 November 2026"


def test_a_template_that_was_changed_is_compiled_anew_for_whoever_reads_it_then(tmp_path: Path) -> None:
    file = tmp_path / "t.jinja"
    for words in ("One", "Two"):
        file.write_text(words, "utf-8")
        assert speaking(tmp_path, "en").render("t.jinja") == words


def test_what_was_compiled_is_not_compiled_again(tmp_path: Path) -> None:
    (tmp_path / "t.jinja").write_text("One", "utf-8")

    first, second = (speaking(tmp_path, "en")._environment.get_template("t.jinja") for _ in range(2))

    assert first is not second
    assert first.root_render_func.__code__ is second.root_render_func.__code__


def test_the_sandbox_runs_no_code_that_was_compiled_without_it(tmp_path: Path) -> None:
    (tmp_path / "t.jinja").write_text("{{ 'x' * times }}", "utf-8")
    shared = compiled.in_this_process()
    free = Environment(loader=FileSystemLoader(tmp_path), bytecode_cache=shared)
    bounded = Sandbox(loader=FileSystemLoader(tmp_path), bytecode_cache=shared)

    assert len(free.get_template("t.jinja").render(times=2_000_000)) == 2_000_000
    with pytest.raises(SecurityError):
        bounded.get_template("t.jinja").render(times=2_000_000)
