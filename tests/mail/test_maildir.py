"""The local mailbox: each message once, with its envelope."""

import mailbox
import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from feeder.mail.transports.folder import Maildir
from feeder.model.deliveries import Accepted, Deferred, Envelope, Message

ENVELOPE = Envelope("digest@ada.example", "reader@example.net")
MESSAGE = Message("<one@ada.example>", b"Subject: One\r\n\r\nText\r\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mail"


@pytest.fixture
def maildir(folder: Path) -> Maildir:
    return Maildir(folder)


def messages(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_message_lies_in_new_with_its_envelope_first(maildir: Maildir, folder: Path) -> None:
    outcome = maildir.send(ENVELOPE, MESSAGE)

    (file,) = messages(folder)
    assert outcome == Accepted(file.name)
    assert file.parent == folder / "new"
    assert file.read_bytes() == (
        b"Return-Path: <digest@ada.example>\r\nDelivered-To: reader@example.net\r\n" + MESSAGE.content
    )


def test_an_address_of_any_script_is_kept_as_it_is(maildir: Maildir, folder: Path) -> None:
    maildir.send(replace(ENVELOPE, recipient="用户@xn--fsqu00a.example"), MESSAGE)

    (file,) = messages(folder)
    assert "Delivered-To: 用户@xn--fsqu00a.example\r\n".encode() in file.read_bytes()


def test_mail_programs_read_the_mailbox(maildir: Maildir, folder: Path) -> None:
    maildir.send(ENVELOPE, MESSAGE)
    maildir.send(ENVELOPE, replace(MESSAGE, id="<two@ada.example>"))

    with closing(mailbox.Maildir(folder, create=False)) as box:
        assert [found["Delivered-To"] for found in box] == ["reader@example.net"] * 2
    assert {path.name for path in folder.iterdir()} == {"tmp", "new", "cur"}


def test_the_same_message_again_is_the_same_file(maildir: Maildir, folder: Path) -> None:
    first = maildir.send(ENVELOPE, MESSAGE)
    (file,) = messages(folder)
    os.utime(file, ns=(1, 1))

    assert maildir.send(ENVELOPE, MESSAGE) == first

    assert messages(folder) == [file]
    assert file.stat().st_mtime_ns == 1


@pytest.mark.parametrize("flags", ["", ":2,", ":2,S", ":2,FRS"])
def test_a_message_that_was_read_does_not_come_again(maildir: Maildir, folder: Path, flags: str) -> None:
    maildir.send(ENVELOPE, MESSAGE)
    (file,) = messages(folder)
    shown = file.rename(folder / "cur" / f"{file.name}{flags}")

    assert maildir.send(ENVELOPE, MESSAGE) == Accepted(file.name)

    assert messages(folder) == [shown]


def test_other_ids_are_other_files(maildir: Maildir, folder: Path) -> None:
    for number in range(20):
        maildir.send(ENVELOPE, replace(MESSAGE, id=f"<{number}@ada.example>"))

    assert len(messages(folder)) == 20


def test_what_a_killed_run_left_is_written_over(maildir: Maildir, folder: Path) -> None:
    maildir.send(ENVELOPE, MESSAGE)
    (file,) = messages(folder)
    file.unlink()
    (folder / "tmp" / file.name).write_bytes(b"Return-Pa")

    maildir.send(ENVELOPE, MESSAGE)

    assert messages(folder) == [file]
    assert file.read_bytes().endswith(MESSAGE.content)


@pytest.mark.parametrize("spoilt", ["mail", "mail/new", "mail/tmp", "mail/cur"])
def test_a_mailbox_that_cannot_be_written_is_tried_later(tmp_path: Path, spoilt: str) -> None:
    place = tmp_path / spoilt
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"")

    outcome = Maildir(tmp_path / "mail").send(ENVELOPE, MESSAGE)

    assert isinstance(outcome, Deferred)
    assert str(tmp_path / "mail") in outcome.reason
    assert "reader@example.net" not in outcome.reason
