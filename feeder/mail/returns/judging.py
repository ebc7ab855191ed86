"""What a status, and the words beside it, mean for whoever was not reached: the table of answers, applied later.

An answer that comes at once can be tried again. What comes back was given up already, so that "not now" has
lasted for days.
"""

import re
from dataclasses import dataclass

from feeder.mail import answers
from feeder.model.deliveries import Accepted, Verdict
from feeder.model.returns import Kind

_KINDS = {
    Verdict.DEAD: Kind.HARD,
    Verdict.FULL: Kind.SOFT,
    Verdict.LATER: Kind.SOFT,
    Verdict.CONNECTION: Kind.SOFT,
    Verdict.UNKNOWN: Kind.DOUBTFUL,
    Verdict.OURS: Kind.OURS,
    Verdict.UNFIT: Kind.OURS,
    Verdict.THROTTLED: Kind.OURS,
}

_LONGEST = 2_000

_CODE = re.compile(r"(?<![\w.:/-])([45]\d\d)(?=[ -](?!hour|day|min|sec|byte|char)\S|$)")
_STATUS = re.compile(r"(?<![\w.])([45]\.\d{1,3}\.\d{1,3})(?!\.?\w)")
_POLICY = re.compile(r"[45]\.7\.(?!1[78]$)")
"""Said of us, whatever the words beside it; 17 and 18 say that the mailbox has another owner (RFC 7293)."""

# RFC 3463, 3.5: delivery time expired; Exchange Online has a group of its own for it (5.4.3xx).
_EXPIRED_STATUS = re.compile(r"[45]\.4\.(7|30[01]|31[1-7])")
_EXPIRED = re.compile(
    r"expired|timed out|time-?out|too long|retry time|not responding|connection refused"
    r"|(not|un).{0,20}\bdeliver\w* (for|within|after) .{0,20}(hour|day)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is said of a reader's address. `status` is empty where nothing tells it."""

    kind: Kind
    status: str
    reason: str


def judge(status: str, words: str) -> Judgement:
    """Say what a permanent failure means, by its status of RFC 3463 and by what was said; either may be empty."""
    line = " ".join(words[:_LONGEST].split())
    codes = _CODE.findall(line)
    said = _STATUS.search(line)
    # The server that refused knows best; the one that reports may only have put it into its own words.
    known = said[1] if said else status
    code = codes[0] if codes else f"{(known or '5')[0]}50"
    bare = re.sub(rf"(?<![\w.:/-]){code}[ -](?=\S)", "", line)
    text = bare if not known or bare.startswith(known) else f"{known} {bare}"
    outcome = answers.outcome(int(code), text.strip())
    if isinstance(outcome, Accepted):  # no code that is found here says so
        return Judgement(Kind.IGNORED, known, "")
    return Judgement(_kind(outcome.verdict, known, line), known, outcome.reason)


def is_said(words: str) -> bool:
    """Tell whether words hold a code or a status, as answers of servers do."""
    return bool(_STATUS.search(words) or _CODE.search(words))


def _kind(verdict: Verdict, status: str, line: str) -> Kind:
    found = _KINDS[verdict]
    if found is Kind.HARD:
        return found
    if _POLICY.match(status):
        return Kind.OURS
    if found is Kind.DOUBTFUL and (_EXPIRED_STATUS.fullmatch(status) or _EXPIRED.search(line)):
        return Kind.SOFT
    return found
