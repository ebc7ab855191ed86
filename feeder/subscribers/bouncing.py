"""When an address that cannot be reached for a while is given up: a score of what came back, which decays. Pure.

A bounce weighs 1, and half as much after 60 days; one that nothing explains weighs 2. What comes back within
three days of another counts once, so that no daily reader is given up for a full mailbox over a long weekend.
At 3 the address is suppressed: after ten days of a daily digest, four weeks of a weekly one, seven months of a
monthly one, or two issues that were refused for good without a reason.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import takewhile

from feeder.model.returns import Kind, Returned

WITHIN = timedelta(days=30)
"""What is told of a message later than that says nothing of today, and may be an old report sent again."""

LIMIT = 3.0
HALF_LIFE = timedelta(days=60)
TOGETHER = timedelta(days=3)

_WEIGHTS = {Kind.SOFT: 1.0, Kind.DOUBTFUL: 2.0}


def is_enough(returned: Iterable[Returned], now: datetime) -> bool:
    """Tell whether an address is to be suppressed for what came back of mail to it, newest first."""
    return score(returned, now) >= LIMIT


def score(returned: Iterable[Returned], now: datetime) -> float:
    """Weigh what came back of mail to an address, newest first.

    Whoever may be mailed again after a suppression begins anew.
    """
    since = takewhile(lambda each: not each.suppressed, returned)
    counted = sorted((each.at, _WEIGHTS[each.kind]) for each in since if each.kind in _WEIGHTS)
    total, last = 0.0, None
    for at, weight in counted:
        if last is None or at - last >= TOGETHER:
            total += weight * 0.5 ** ((now - at) / HALF_LIFE)
            last = at
    return total
