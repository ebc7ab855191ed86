"""What a provider tells of a message is held against the reader to whom it went."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from feeder import net
from feeder.app import App
from feeder.mail.webhooks import open_hooks
from feeder.model.subscribers import Status, Subscriber
from feeder.workflows import webhooks
from tests.mail.webhooks import rig
from tests.mail.webhooks.rig import Poster
from tests.workflows.consent_rig import ADA, BO, DAY, HOUR, a_round, causes, there
from tests.workflows.test_returns import token
from tests.workflows.test_suppress import MONDAY


@pytest.fixture
def app(app: App, changed: Callable[..., App]) -> App:
    """A site whose messages have tokens in their return paths."""
    return changed(mail=replace(app.settings.mail, returns="returns@spans.example"))


@pytest.mark.parametrize("provider", ["mailgun", "brevo"])
def test_the_token_says_whose_it_is_whatever_address_is_told(
    app: App, add: Callable[..., Subscriber], put: Callable[..., None], provider: str
) -> None:
    add(ADA)
    add(BO)
    put("item", MONDAY - DAY)
    a_round(app, MONDAY)
    now = MONDAY + HOUR
    body: Any = next(
        case["body"] for case in rig.cases(provider) if case["kind"] == "hard" and case.get("token")
    )
    told = json.dumps(body).replace("TOKEN", token(app, BO))  # and the address is Ada's
    hook = open_hooks(rig.secrets(), net.Client)[provider]

    found = hook.read(Poster(provider, now).post(json.loads(told)), now)

    assert webhooks.take(app.store, app.signer, provider, found, now) == 1
    assert (there(app, ADA).status, there(app, BO).status) == (Status.ACTIVE, Status.SUPPRESSED)
    assert causes(app, ADA) == []
    assert webhooks.take(app.store, app.signer, provider, found, now + timedelta(minutes=1)) == 0
