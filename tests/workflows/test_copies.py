"""Copies of issues that were really rendered and sent."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from feeder.app import App
from feeder.model.digests import Mark
from feeder.model.subscribers import Subscriber
from feeder.tokens import Purpose
from feeder.workflows import copies, send

HOUR = timedelta(hours=1)
MONDAY = datetime.fromisoformat("2026-11-23T08:00:00Z")


@pytest.mark.parametrize("look", ["digest", "letter", "plain"])
def test_a_copy_of_every_look_is_the_mail_without_its_readers_links(
    app: App,
    changed: Callable[..., App],
    add: Callable[..., Subscriber],
    put: Callable[..., None],
    now: datetime,
    look: str,
) -> None:
    weekly = replace(app.settings.digests["weekly"], template=look)
    site = changed(digests={"weekly": weekly})
    reader = add("ada@example.org")
    put("new", now + HOUR)
    send.send_due(site.store, site.post, lambda: MONDAY, stopped=lambda: False)
    copy = copies.find(site.store, site.signer, site.signer.sign(Purpose.COPY, 1, reader.links))
    assert copy is not None
    assert (copy.digest, copy.period, copy.reader.id) == ("weekly", "2026-W48", reader.id)
    assert copy.html.count(Mark.PREFERENCES) == copy.html.count(Mark.UNSUBSCRIBE) == 1
    page = copies.page(copy, site.templates, "https://spans.example/copy/x/all")
    assert "Title of new." in page
    assert "This is a copy on the web" in page
    assert "Unsubscribe" not in page
    assert "Change what you get" not in page
    assert not any(mark in page for mark in Mark)
    assert [item.key for item in copies.items(site.store, copy)] == ["new"]
