"""Templates: the site's over the shipped ones, in a sandbox, with errors that name the place."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from feeder import shipped
from feeder.errors import ConfigurationError
from feeder.model.settings import Site
from feeder.templating import Templates

SITE = Site("Ada & Bridges", "Ada", "https://ada.example/blog/", zone="Asia/Kathmandu")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "templates"
    folder.mkdir()
    return folder


@pytest.fixture
def templates(own: Path) -> Templates:
    return Templates([own, shipped.templates()], SITE)


def write(folder: Path, name: str, content: str) -> None:
    place = folder / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(content, "utf-8")


def rendered(own: Path, content: str, name: str = "t.html.jinja", **context: object) -> str:
    write(own, name, content)
    return Templates([own], SITE).render(name, **context)


def problem(own: Path, content: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        rendered(own, content)
    return str(caught.value)


def test_the_sites_template_stands_in_for_the_shipped_one(own: Path) -> None:
    write(own, "pages/left.html.jinja", "Farewell from {{ site.title }}")

    assert Templates([own, shipped.templates()], SITE).render("pages/left.html.jinja") == (
        "Farewell from Ada &amp; Bridges"
    )


def test_a_shipped_template_builds_on_the_sites_own(own: Path) -> None:
    write(own, "pages/base.html.jinja", "OURS {% block main %}{% endblock %}")

    page = Templates([own, shipped.templates()], SITE).render("pages/left.html.jinja", href=lambda path: path)

    assert page.startswith("OURS")
    assert "You have unsubscribed" in page


def test_a_site_may_have_no_templates_of_its_own(tmp_path: Path) -> None:
    templates = Templates([tmp_path / "none", shipped.templates()], SITE)

    assert "unsubscribed" in templates.render("pages/left.html.jinja", href=lambda path: path)


def test_a_broken_template_is_named_with_its_line(own: Path) -> None:
    told = problem(own, "one\ntwo\n{% if %}\n")

    assert told.startswith("template t.html.jinja, line 3: cannot be rendered (")


def test_the_broken_template_is_named_and_not_the_one_that_builds_on_it(own: Path) -> None:
    write(own, "broken.html.jinja", "one\n{% endif %}")

    assert problem(own, '{% include "broken.html.jinja" %}').startswith("template broken.html.jinja, line 2:")


@pytest.mark.parametrize(
    "expression", ["nobody", "site.nothing", "site.nothing.more", "{}['a']", "nobody + 1"]
)
def test_a_name_that_nobody_gave_is_an_error(own: Path, expression: str) -> None:
    assert "t.html.jinja" in problem(own, f"{{{{ {expression} }}}}")


@pytest.mark.parametrize(
    "expression", ["1 / 0", "'a' + 1", "'a'|day", "1|line", "[]|first + 1", "'%d'|format('a')", "none()"]
)
def test_a_template_that_fails_is_told_like_one_that_is_broken(own: Path, expression: str) -> None:
    assert "t.html.jinja" in problem(own, f"{{{{ {expression} }}}}")


def test_a_template_in_another_encoding_is_told(own: Path) -> None:
    (own / "t.html.jinja").write_bytes("häfen".encode("latin-1"))

    with pytest.raises(ConfigurationError, match=r"t\.html\.jinja"):
        Templates([own], SITE).render("t.html.jinja")


def test_a_template_that_is_not_there_is_told(templates: Templates) -> None:
    with pytest.raises(ConfigurationError, match=r"mail/other/body\.html\.jinja"):
        templates.render("mail/other/body.html.jinja")


@pytest.mark.parametrize(
    "expression",
    [
        "''.__class__",
        "''.__class__.__mro__",
        "site.__init__.__globals__",
        "address.__globals__",
        "address.__self__._environment",
        "(1).__class__.__base__.__subclasses__()",
        "''|attr('__class__')",
        "'{0.__class__}'.format(1)",
        "[].append(1)",
        "{}.update(a=1)",
        "range(10000000)|list",
    ],
)
def test_the_sandbox_refuses_what_a_template_need_not_reach(own: Path, expression: str) -> None:
    assert "t.html.jinja" in problem(own, f"{{{{ {expression} }}}}")


@pytest.mark.parametrize(
    "content",
    [
        "{{ 'a' * 10000000 }}",
        "{{ 10000000 * [1] }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ 2 ** 1000000 }}",
        "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
        "{% for a in range(9999) recursive %}{{ loop(range(9999)) }}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(99) }}",
    ],
)
def test_a_template_that_takes_too_much_is_stopped(own: Path, content: str) -> None:
    assert re.match(r"template t\.html\.jinja, line 2: cannot be rendered", problem(own, f"\n{content}"))


def test_a_template_that_writes_too_much_is_stopped(own: Path) -> None:
    told = problem(own, "{% set x = 'abcdefghij' * 99999 %}{% for a in range(99) %}{{ x }}{% endfor %}")

    assert "t.html.jinja" in told
    assert "writes more than 20,000,000 characters" in told


def test_loops_may_go_round_as_often_as_pages_need(own: Path) -> None:
    page = "{% for a in range(900) %}{% for b in range(900) if b % 2 %}{% if loop.last %}.{% endif %}{% endfor %}{% endfor %}"

    assert rendered(own, page) == "." * 900
    assert (
        rendered(own, "{% for a in [1, 2] %}{{ loop.length }}{{ loop.index }}{% else %}-{% endfor %}")
        == "2122"
    )
    assert rendered(own, "{% for a in [] %}{{ a }}{% else %}-{% endfor %}") == "-"
    assert rendered(own, "{{ 'ab' * 3 }} {{ 2 ** 8 }} {{ 3 * 4 }}") == "ababab 256 12"


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/passwd", "pages/../../secret.txt"])
def test_templates_are_read_from_their_folders_only(own: Path, name: str) -> None:
    (own.parent / "secret.txt").write_text("secret")

    with pytest.raises(ConfigurationError):
        Templates([own], SITE).render(name)


def test_html_is_escaped_and_plain_text_is_not(own: Path) -> None:
    assert rendered(own, "{{ x }}", x="<a> & 'b'") == "&lt;a&gt; &amp; &#39;b&#39;"
    assert rendered(own, "{{ x }}", "t.txt.jinja", x="<a> & 'b'") == "<a> & 'b'"


def test_days_are_told_in_the_zone_of_the_site(own: Path) -> None:
    moment = datetime(2026, 11, 3, 18, 30, tzinfo=UTC)

    assert rendered(own, "{{ x|day }}", x=moment) == "4 November 2026"
    assert rendered(own, "{{ x|day }}", x=date(2016, 10, 17)) == "17 October 2016"
    assert rendered(own, "{{ x|iso }}", x=moment) == "2026-11-03T18:30:00Z"


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("", "https://ada.example/blog/"),
        ("tag/häfen/", "https://ada.example/blog/tag/h%C3%A4fen/"),
        ("/atom.xml", "https://ada.example/blog/atom.xml"),
        ("tag/a?b#c/", "https://ada.example/blog/tag/a%3Fb%23c/"),
    ],
)
def test_public_addresses_are_whole(templates: Templates, path: str, address: str) -> None:
    assert templates.address(path) == address


def test_the_sites_assets_stand_in_for_the_shipped_ones(own: Path) -> None:
    write(own, "assets/feeder.css", "ours")
    write(own, "assets/fonts/a.txt", "font")

    assets = Templates([own, shipped.templates()], SITE).assets()

    assert assets["feeder.css"] == b"ours"
    assert assets["fonts/a.txt"] == b"font"


class TestFingerprint:
    def test_it_stays_while_nothing_changes(self, own: Path) -> None:
        write(own, "pages/a.html.jinja", "a")

        assert Templates([own], SITE).fingerprint == Templates([own], SITE).fingerprint

    @pytest.mark.parametrize(
        ("name", "content"),
        [("pages/a.html.jinja", "b"), ("pages/b.html.jinja", "a"), ("assets/x.css", "")],
        ids=["other words", "another template", "an asset"],
    )
    def test_it_changes_with_a_file(self, own: Path, name: str, content: str) -> None:
        write(own, "pages/a.html.jinja", "a")
        before = Templates([own], SITE).fingerprint

        write(own, name, content)

        assert Templates([own], SITE).fingerprint != before

    def test_it_changes_when_a_file_goes(self, own: Path) -> None:
        write(own, "pages/a.html.jinja", "a")
        write(own, "pages/b.html.jinja", "a")
        before = Templates([own], SITE).fingerprint

        (own / "pages/b.html.jinja").unlink()

        assert Templates([own], SITE).fingerprint != before

    def test_it_does_not_depend_on_where_the_files_are(self, own: Path, tmp_path: Path) -> None:
        elsewhere = tmp_path / "elsewhere"
        for folder in (own, elsewhere):
            write(folder, "pages/a.html.jinja", "a")

        assert Templates([own], SITE).fingerprint == Templates([elsewhere], SITE).fingerprint
