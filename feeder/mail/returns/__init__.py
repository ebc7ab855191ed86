"""What comes back by mail, understood: returned messages, complaints, those who leave, answers of machines. Pure.

    arf     complaints (RFC 5965)                     dsn      notices of mail servers (RFC 3464)
    older   notices in words alone, of before         replies  vacation programs, receipts
    leaving mail that asks to leave                   traces   which message, or whom, it is about
    judging what a status and its words mean          parts    a message taken apart, level by level

Nothing here is believed: who is named, is named by a token that whoever acts on it verifies.
"""

from feeder.mail.returns import arf, dsn, leaving, older, parts, replies, traces
from feeder.model.returns import Return

MOST_BYTES = 1024 * 1024
"""No more than this of a message is looked at: what is said of it stands before the message that comes back."""


def read(content: bytes, recipient: str = "") -> Return | None:
    """Say what a message that came back means, and for whom; None for what is no report at all.

    `recipient` is to whom the envelope was addressed, where the fields of the message do not tell.
    """
    message = parts.opened(content[:MOST_BYTES])
    inside = parts.inside(message)
    found = arf.read(inside) or dsn.read(inside) or replies.receipt(inside)
    if found is None:
        asked = leaving.read(message)
        if asked:
            return asked
        found = older.read(message, inside) or replies.read(message)
    return found and traces.traced(found, inside, recipient)
