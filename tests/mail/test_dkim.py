"""Signatures: verified by dkimpy and by OpenDKIM, broken by any change, and made of keys in files."""

import base64
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from feeder.errors import ConfigurationError
from feeder.mail import composing, headers, keys, quoted
from feeder.mail.composing import Frame, Own
from feeder.mail.dkim import SIGNED, Signer, Signers
from feeder.mail.headers import Field
from feeder.mail.keys import Pair
from feeder.markup import text
from feeder.model.digests import Rendered
from feeder.model.settings import Dkim
from tests.conftest import need

DOMAIN = "ada.example"
FRAME = Frame(
    "digest@ada.example",
    "Ada Fjördman",
    "Ada & Bridges: Weekly",
    "weekly.ada.example",
    "en",
    "leave@ada.example",
)
OWN = Own(
    reader="reader@example.net",
    message_id="<00000000-0000-5000-8000-0000000000aa@ada.example>",
    date=datetime(2026, 11, 16, 7, 0, tzinfo=UTC),
    why="you asked",
    unsubscribe="https://ada.example/unsubscribe/AQEAAQAAAAAAAAAqjBst7q6d30iRLLCuP0OYrg",
    preferences="https://ada.example/preferences/AQEAAQAAAAAAAAAqjBst7q6d30iRLLCuP0OYrg",
)
WORDS = Rendered("Häfen and 2 more", "Plain  text \n\n\n", "<p>HTML</p>\n   <p>more</p> \n")


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> list[Pair]:
    return list(keys.pairs(Dkim(), DOMAIN, tmp_path_factory.mktemp("keys") / "new"))


@pytest.fixture(scope="module")
def signers(pairs: list[Pair]) -> Signers:
    one, other = pairs
    found = keys.open_signers(Dkim(key=one.file, ed25519_key=other.file), DOMAIN)
    assert found
    return found


@pytest.fixture(scope="module")
def quick(pairs: list[Pair]) -> Signer:
    """One that dkimpy verifies in no time."""
    return Signer(DOMAIN, pairs[1].selector, keys.load(pairs[1].file))


def signed(signer: Signer | Signers, fields: Sequence[Field], body: bytes) -> bytes:
    return signer.sign(fields, body) + headers.written(fields) + b"\r\n" + body


def verifies(message: bytes, pairs: list[Pair], *, which: int = 0) -> bool:
    """Ask dkimpy about one signature of a message, counted from the top."""
    dns = {f"{pair.name}.".encode(): pair.value.encode() for pair in pairs}
    try:
        return bool(dkim.DKIM(message).verify(which, dnsfunc=lambda name, timeout=5: dns[name]))
    except dkim.DKIMException:
        return False


def issue() -> tuple[list[Field], bytes]:
    """Return the fields and the body of a message as feeder composes it."""
    head, _, body = composing.cut(WORDS, FRAME).fill(OWN).content.partition(b"\r\n\r\n")
    lines = head.decode().replace("\r\n ", " ").split("\r\n")
    return [(name, value) for name, _, value in (line.partition(": ") for line in lines)], body


# ── Others verify it ─────────────────────────────────────────────────────────────────────────────


def test_dkimpy_verifies_both_signatures(signers: Signers, pairs: list[Pair]) -> None:
    message = composing.cut(WORDS, FRAME).fill(OWN, signers).content

    assert re.findall(rb"a=([a-z0-9-]+);", message) == [b"rsa-sha256", b"ed25519-sha256"]
    assert verifies(message, pairs, which=0)
    assert verifies(message, pairs, which=1)


def test_opendkim_verifies_both_signatures(signers: Signers, pairs: list[Pair], tmp_path: Path) -> None:
    program = shutil.which("opendkim", path=f"{os.environ['PATH']}:/usr/sbin")
    need(program, "opendkim (Debian's package of that name)")
    assert program
    good, bad = tmp_path / "good.eml", tmp_path / "bad.eml"
    good.write_bytes(composing.cut(WORDS, FRAME).fill(OWN, signers).content)
    bad.write_bytes(good.read_bytes().replace(b"HTML", b"LMTH"))
    public = tmp_path / "keys"
    public.write_text("".join(f"{pair.name} {pair.value}\n" for pair in pairs))
    conf = tmp_path / "conf"
    conf.write_text(
        f"Mode v\nTestPublicKeys {public}\nUserID {os.geteuid()}\nSocket local:{tmp_path}/socket\n"
    )

    def results(message: Path) -> list[tuple[str, str]]:
        told = subprocess.run(
            [program, "-x", str(conf), "-vvv", "-t", str(message)],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        return re.findall(r"dkim=(\w+).+header\.s=([\w-]+)", told.stdout)

    assert results(good) == [("pass", "feeder"), ("pass", "feeder-ed25519")]
    assert results(bad) == [("fail", "feeder"), ("fail", "feeder-ed25519")]


lines = st.text(max_size=120).map(text.line)
bodies = st.text(max_size=300).map(text.scrub)


@settings(max_examples=60, deadline=None)
@given(subject=lines, plain=bodies, html=bodies)
def test_whatever_is_composed_verifies(
    quick: Signer, pairs: list[Pair], subject: str, plain: str, html: str
) -> None:
    message = composing.cut(Rendered(subject, plain, html), FRAME).fill(OWN, quick).content

    assert verifies(message, pairs)


blanks = st.lists(st.sampled_from(["a", "b", " ", "  ", ".", "=20", "x" * 40]), max_size=8).map("".join)


@settings(max_examples=200, deadline=None)
@given(subject=blanks, kind=blanks, parts=st.lists(blanks | st.just("\n"), max_size=12))
def test_whatever_blanks_there_are_it_verifies(
    quick: Signer, pairs: list[Pair], subject: str, kind: str, parts: list[str]
) -> None:
    fields = [("From", "ada@ada.example"), ("Subject", subject), ("To", "b@example.net"), ("X-Kind", kind)]

    assert verifies(signed(quick, fields, quoted.encode("".join(["a", *parts, "a\n"]))), pairs)


# ── Any change breaks it ─────────────────────────────────────────────────────────────────────────


def test_the_fields_for_leaving_are_signed(quick: Signer) -> None:
    names = re.sub(rb"\s", b"", quick.sign(*issue()).partition(b"h=")[2].partition(b";")[0]).split(b":")

    assert names.count(b"List-Unsubscribe") == 2
    assert names.count(b"List-Unsubscribe-Post") == 2
    assert names.count(b"From") == 2
    assert names.count(b"Reply-To") == 1


def test_each_signed_field_is_kept_from_change_and_company(quick: Signer, pairs: list[Pair]) -> None:
    message = signed(quick, *issue())
    assert verifies(message, pairs)
    for name in SIGNED:
        field = re.search(rf"(?m)^{name}: ?".encode(), message)
        assert not verifies(message.replace(b"\r\n\r\n", f"\r\n{name}: x\r\n\r\n".encode(), 1), pairs), name
        assert not verifies(f"{name}: x\r\n".encode() + message, pairs), name
        if field:
            changed = message[: field.end()] + b"x" + message[field.end() :]
            assert not verifies(changed, pairs), name
            without = re.sub(rf"(?m)^{name}:.*\r\n(?:[ \t].*\r\n)*".encode(), b"", message)
            assert not verifies(without, pairs), name


@settings(max_examples=50, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True))
def test_each_letter_of_the_body_is_kept_from_change(quick: Signer, pairs: list[Pair], place: float) -> None:
    fields, body = issue()
    at = int(place * len(body))
    if not body[at : at + 1].isspace():
        changed = body[:at] + (b"x" if body[at : at + 1] != b"x" else b"y") + body[at + 1 :]
        message = quick.sign(fields, body) + headers.written(fields) + b"\r\n" + changed
        assert not verifies(message, pairs)


def test_blanks_and_folds_may_change_on_the_way(quick: Signer, pairs: list[Pair]) -> None:
    fields, body = issue()
    head = headers.written(fields).replace(b"Subject: ", b"Subject:\r\n\t ")
    changed = head + b"\r\n" + body.replace(b"\r\n", b" \r\n") + b"\r\n"

    assert verifies(quick.sign(fields, body) + changed, pairs)


def test_the_same_message_has_the_same_signature(signers: Signers) -> None:
    assert signers.sign(*issue()) == signers.sign(*issue())


def test_no_line_of_a_signature_is_long(signers: Signers) -> None:
    assert max(map(len, signers.sign(*issue()).split(b"\r\n"))) <= 78


# ── Keys ─────────────────────────────────────────────────────────────────────────────────────────


def test_keys_are_made_once_and_for_nobody_else_to_read(tmp_path: Path) -> None:
    folder = tmp_path / "keys"

    first = list(keys.pairs(Dkim(), DOMAIN, folder))
    before = {file: file.read_bytes() for file in folder.iterdir()}
    second = list(keys.pairs(Dkim(), DOMAIN, folder))

    assert [pair.is_new for pair in first] == [True, True]
    assert [pair.is_new for pair in second] == [False, False]
    assert [pair.line for pair in first] == [pair.line for pair in second]
    assert {file: file.read_bytes() for file in folder.iterdir()} == before
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    made = keys.load(folder / "feeder.pem")
    assert isinstance(made, rsa.RSAPrivateKey)
    assert made.key_size == 2048
    assert isinstance(keys.load(folder / "feeder-ed25519.pem"), Ed25519PrivateKey)


def test_the_dns_says_of_a_key_what_receivers_look_for(pairs: list[Pair]) -> None:
    one, other = pairs

    assert one.name == "feeder._domainkey.ada.example"
    assert one.value.startswith("v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A")
    assert other.name == "feeder-ed25519._domainkey.ada.example"
    assert other.line == f'{other.name}. IN TXT "{other.value}"'
    assert len(base64.b64decode(other.value.partition("p=")[2])) == 32
    first, second = re.findall('"(.*?)"', one.line)
    assert first + second == one.value
    assert len(first) == 255


def test_without_keys_nothing_signs() -> None:
    assert keys.open_signers(Dkim(), DOMAIN) is None


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, password: bytes = b"") -> bytes:
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def test_what_is_no_key_for_this_is_refused(tmp_path: Path, pairs: list[Pair]) -> None:
    real = load_pem_private_key(pairs[0].file.read_bytes(), None)
    assert isinstance(real, rsa.RSAPrivateKey)
    file = tmp_path / "key.pem"
    for content, rule in [
        (b"", "is no private key in PEM without a password"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "is no private key"),
        (pem(real, b"secret"), "is no private key in PEM without a password"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "must be RSA or Ed25519"),
    ]:
        file.write_bytes(content)
        with pytest.raises(ConfigurationError) as refused:
            keys.load(file)
        assert str(file) in refused.value.thing
        assert refused.value.rule.startswith(rule)


def test_a_key_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot be read \(No such file"):
        keys.open_signers(Dkim(key=tmp_path / "none.pem"), DOMAIN)


def test_a_key_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "keys").write_bytes(b"")

    with pytest.raises(ConfigurationError, match="cannot be written"):
        list(keys.pairs(Dkim(), DOMAIN, tmp_path / "keys"))
