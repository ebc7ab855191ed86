"""What lies beside the tree, or is hidden in it, and is never served."""

import os
from pathlib import Path

import pytest

from feeder.app import App
from tests.web.conftest import Ask, Exactly, put

SECRETS = ["feeder.db", "config/feeder.toml", "content/kran.md"]


class TestWhatIsNotServed:
    @pytest.mark.parametrize("secret", SECRETS)
    @pytest.mark.parametrize(
        "way", ["/../", "/tag/../../", "/./../", "//../", "/..//", "/assets/../../", "/..\\"]
    )
    def test_nothing_outside_the_tree(self, exactly: Exactly, app: App, way: str, secret: str) -> None:
        app.store.close()
        assert (app.settings.folder / secret).is_file()

        assert exactly(f"{way}{secret}".encode()).status == 404

    @pytest.mark.parametrize(
        "path", ["/%2e%2e/feeder.db", "/..%2ffeeder.db", "/%2e%2e%2ffeeder.db", "/tag/%2e%2e/%2e%2e/feeder.db", "/%252e%252e/feeder.db"]
    )  # fmt: skip
    def test_encoded_ways_out_lead_nowhere(self, ask: Ask, path: str) -> None:
        assert ask("GET", path).status_code == 404

    def test_an_absolute_path_leads_nowhere(self, exactly: Exactly, app: App) -> None:
        assert exactly(f"/{app.settings.folder}/config/feeder.toml".encode()).status == 404

    @pytest.mark.parametrize(
        "path",
        [b"/\0", b"/a\0.xml", b"/%00", b"/" + b"a" * 1000, b"/" + b"a" * 5000, b"/\xff", b"/%", b"/" * 2000, b"*"],
        ids=lambda path: ascii(path)[:12],
    )  # fmt: skip
    def test_paths_that_no_disk_takes(self, exactly: Exactly, path: bytes) -> None:
        assert exactly(path).status == 404

    @pytest.mark.parametrize("target", ["../feeder.toml", ".hidden/x", "_redirects", "nowhere", "out.txt"])
    def test_no_link_to_what_is_outside_or_hidden(self, ask: Ask, public: Path, target: str) -> None:
        put(public / ".hidden/x", b"hidden")
        (public.parent / "feeder.toml").write_bytes(b"secret")
        (public / "_redirects").write_bytes(b"")
        (public / "out.txt").symlink_to(target)

        assert ask("GET", "/out.txt").status_code == 404

    def test_no_folder_that_is_a_link_to_the_outside(self, ask: Ask, public: Path) -> None:
        put(public.parent / "other/index.html", b"secret")
        (public / "out").symlink_to(public.parent / "other")

        assert ask("GET", "/out/").status_code == 404
        assert ask("GET", "/out/index.html").status_code == 404

    def test_a_link_within_the_tree_is_followed(self, ask: Ask, public: Path) -> None:
        (public / "latest.xml").symlink_to("atom.xml")

        assert ask("GET", "/latest.xml").content == (public / "atom.xml").read_bytes()

    def test_a_link_that_is_turned_to_the_outside_is_followed_no_more(self, ask: Ask, public: Path) -> None:
        (public.parent / "secret").write_bytes((public / "atom.xml").read_bytes())
        (public / "latest.xml").symlink_to("atom.xml")
        assert ask("GET", "/latest.xml").status_code == 200
        (public / "latest.xml").unlink()
        (public / "latest.xml").symlink_to("../secret")

        assert ask("GET", "/latest.xml").status_code == 404

    @pytest.mark.parametrize("path", [".atom.xml.part", "tag/.index.html.part", ".git/config"])
    def test_no_hidden_files(self, ask: Ask, public: Path, path: str) -> None:
        put(public / path, b"half a fi")

        assert ask("GET", f"/{path}").status_code == 404

    @pytest.mark.parametrize("ending", ["gz", "br"])
    def test_no_copies_by_their_own_names(self, ask: Ask, public: Path, ending: str) -> None:
        assert (public / f"atom.xml.{ending}").is_file()

        assert ask("GET", f"/atom.xml.{ending}").status_code == 404

    def test_no_pipe_that_would_keep_us_waiting(self, ask: Ask, public: Path) -> None:
        os.mkfifo(public / "pipe.xml")

        assert ask("GET", "/pipe.xml").status_code == 404

    def test_no_file_that_cannot_be_read_and_that_is_logged_without_its_name(
        self, ask: Ask, public: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        # A file that may not be opened, also by root: its link leads through too many others.
        (public / "secret-name.xml").symlink_to("secret-name.xml")

        assert ask("GET", "/secret-name.xml").status_code == 404
        assert "secret-name" not in caplog.text
