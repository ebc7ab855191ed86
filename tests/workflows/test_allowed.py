"""No more of a text is shown than its outlet allows."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from feeder.app import App
from feeder.model.appearances import KnownOutlet, Policy
from feeder.workflows.publish import Published
from feeder.workflows.send import send_due

BODY = " ".join(["The first words."] + ["And many more of them."] * 40 + ["The very end."])


@pytest.mark.parametrize(
    ("policy", "begins", "ends"),
    [(Policy.FULL, True, True), (Policy.SUMMARY, True, False), (Policy.LINK, False, False)],
)
def test_feeds_pages_and_digests_keep_to_what_an_outlet_allows(
    app: App,
    write: Callable[..., Path],
    sync: Callable[..., Any],
    add: Callable[..., Any],
    mails: Callable[[], list[EmailMessage]],
    press: Callable[..., Published],
    changed: Callable[..., App],
    tree: Callable[[], dict[str, bytes]],
    now: datetime,
    policy: Policy,
    begins: bool,
    ends: bool,
) -> None:
    sync(now)
    add("ada@example.org", digest="daily")
    write("a", "outlet: hw\ntags: x\nnote: My own words.", BODY)
    sync(now + timedelta(hours=1))
    outlets = {"hw": KnownOutlet("Harbour Weekly", aliases=("HW",), policy=policy)}
    site = changed(outlets=outlets)
    press(now + timedelta(hours=1), of=site)
    later = now + timedelta(days=1)
    send_due(site.store, site.post, lambda: later, stopped=lambda: False)
    (mail,) = mails()
    text = mail.get_body(("plain",))
    assert text is not None
    shown = {path: content.decode() for path, content in tree().items() if path.endswith(("xml", "html"))}
    item = {path: content for path, content in shown.items() if "My own words." in content}
    assert {"atom.xml", "tag/x/atom.xml", "item/title-of-a/index.html"} <= item.keys()
    assert any("The first words." in content for content in item.values()) is begins
    assert any("The very end." in content for content in item.values()) is ends
    assert ("The first words." in text.get_content()) is begins
    press(later, of=changed(outlets={"hw": replace(outlets["hw"], policy=Policy.FULL)}))
    assert "The very end." in tree()["atom.xml"].decode()
