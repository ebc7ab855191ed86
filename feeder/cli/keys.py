"""`keys`: the secrets that sign links, and those that sign mail."""

import argparse
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feeder.cli.context import Context, command, with_json
from feeder.errors import ConfigurationError

if TYPE_CHECKING:
    from feeder.mail.keys import Pair
    from feeder.model.settings import Dkim, Settings

_FOLDER = Path("keys")
"""In the site's folder: where new keys go."""


def add_to(commands: Any) -> None:
    """Add the commands of this group."""
    keys = commands.add_parser("keys", help="the keys that sign links and mail", description="Keys.")
    group = keys.add_subparsers(title="commands", metavar="COMMAND", required=True)
    command(
        group,
        "rotate",
        _rotate,
        "sign links with a new key from now on",
        more="The links in all mails that went out go on working. A service that runs takes the new key\n"
        "when it is started anew.",
    )
    dkim = command(
        group,
        "dkim",
        _dkim,
        "make the keys that sign mail, and print the DNS records to paste",
        more="Two of them, RSA and Ed25519, in files that nobody else may read. A key that is there stays:\n"
        "then only its record is printed. To change keys, make new ones under another selector.",
    )
    dkim.add_argument(
        "--selector",
        metavar="S",
        help="the name in the DNS of the RSA key; that of the other is S-ed25519 (default: as configured)",
    )
    with_json(dkim)


def _rotate(context: Context) -> int:
    with context.app() as app, app.store.transaction() as tx:
        key = tx.keys.add(secrets.token_bytes(32), context.now())
    print(f"key {key} signs links from now on")
    return 0


def _dkim(context: Context) -> int:
    from feeder.mail import keys  # noqa: PLC0415 - the cryptography takes a while

    settings = context.settings()
    dkim = _wanted(settings, context.arguments)
    domain = settings.mail.signing_domain
    if "." not in domain:
        raise ConfigurationError(
            f"mail.sender = {settings.mail.sender!r}",
            "is at no domain that could sign",
            'write an address at your own, such as sender = "digest@example.org" under [mail]',
        )
    made = list(keys.pairs(dkim, domain, settings.folder / _FOLDER))
    plain = [
        {
            "selector": pair.selector,
            "file": str(pair.file),
            "new": pair.is_new,
            "name": pair.name,
            "type": "TXT",
            "value": pair.value,
        }
        for pair in made
    ]
    context.print(lambda: _told(settings, dkim, made, domain), plain)
    return 0


def _wanted(settings: "Settings", arguments: argparse.Namespace) -> "Dkim":
    """Return the keys that are asked for: those of the configuration, or others under a selector."""
    configured = settings.mail.dkim
    selector: str | None = arguments.selector
    if selector is None or selector == configured.selector:
        return configured
    from feeder.config import rules  # noqa: PLC0415 - see the package's docstring

    rule = rules.rule_of(("mail", "dkim", "selector"))
    assert rule
    try:
        rule.setting(selector)
    except ValueError as error:
        raise ConfigurationError(
            f"--selector {selector!r}", rule.words, "take another, such as s2"
        ) from error
    return replace(
        configured, selector=selector, key=None, ed25519_selector=f"{selector}-ed25519", ed25519_key=None
    )


def _told(settings: "Settings", dkim: "Dkim", made: Sequence["Pair"], domain: str) -> Iterator[str]:
    for pair in made:
        yield f"{pair.file}  {'is new: keep it secret, and in your backup' if pair.is_new else 'was there, and stays'}"
    yield ""
    yield f"Paste into the DNS of {domain}:"
    yield ""
    yield from (pair.line for pair in made)
    rsa, ed25519 = made
    in_force = settings.mail.dkim
    if (in_force.key, in_force.ed25519_key) == (rsa.file, ed25519.file):
        return
    yield ""
    yield "When the DNS tells that, write under [mail.dkim] in the configuration:"
    yield ""
    for key, value in (
        ("selector", dkim.selector),
        ("key", _within(settings.folder, rsa.file)),
        ("ed25519_selector", dkim.ed25519_selector),
        ("ed25519_key", _within(settings.folder, ed25519.file)),
    ):
        yield f'{key} = "{value}"'


def _within(folder: Path, file: Path) -> Path:
    """Return a file as the configuration names it."""
    return file.relative_to(folder) if file.is_relative_to(folder) else file
