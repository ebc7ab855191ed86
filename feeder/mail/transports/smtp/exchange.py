"""One group of messages over one connection, a round trip a message where the server allows it.

With PIPELINING (RFC 2920) what ends one message and the commands that open the next are written together,
and then the answers to all of them are read:

    MAIL RCPT DATA | message 1 . MAIL RCPT DATA | message 2 . MAIL RCPT DATA | message 3 .
"""

from collections.abc import Sequence
from typing import NamedTuple, NoReturn

from feeder.mail import answers
from feeder.mail.transports.smtp.opening import Session
from feeder.mail.transports.smtp.wire import Ended, Reply
from feeder.model.deliveries import Deferred, Envelope, Lost, Message, Outcome, Refused, Verdict

_SUCCESS = 2
_ASKING = 3
_FAILURE = 400
_GO_AHEAD = 354
_CLOSING = 421
_READER = 1  # MAIL, RCPT, DATA


class _Tail(NamedTuple):
    """What must be written before the next message is opened; `ends` is the place of the message that it ends."""

    parts: tuple[bytes, ...] = ()
    ends: int | None = None


_NOTHING = _Tail()
_RESET = _Tail((b"RSET\r\n",))
_NOBODY = _Tail((b".\r\n",))
"""Ends the data that a server asked for after it had refused the reader; they go to nobody."""


class Exchange:
    """What comes of a group over a session. Nothing is raised for what the server does.

    `outcomes` are those of the first messages, or of all. `ended` says why the connection is of no use
    any more, if it is not: then nothing of the other messages has left. `between` says that it ended
    between two messages, so that the others may go over another connection at once.
    """

    def __init__(self, session: Session, group: Sequence[tuple[Envelope, Message]]) -> None:
        self._session = session
        self._wire = session.wire
        self._outcomes: list[Outcome | None] = [None] * len(group)
        self._tail = _NOTHING
        self.ended = ""
        self.between = False
        try:
            for place, (envelope, message) in enumerate(group):
                self._send(place, envelope, message)
            self._write()
        except Ended as error:
            self.ended = self._told(error)

    @property
    def outcomes(self) -> list[Outcome]:
        """What came of the messages that were begun, in their order."""
        return [outcome for outcome in self._outcomes if outcome is not None]

    def _send(self, place: int, envelope: Envelope, message: Message) -> None:
        """Open a message, and leave it in the tail if the server wants it."""
        unfit = self._unfit(envelope, message)
        if unfit:
            self._outcomes[place] = unfit
            return
        replies = self._open(place, self._opening(envelope, message))
        outcome = self._refusal(replies)
        self._outcomes[place] = outcome
        mail = replies[0].code // 100 == _SUCCESS
        if replies[-1].code == _GO_AHEAD:
            if outcome is None:
                self._tail = _Tail(_data(message), place)
            elif mail:
                self._tail = _NOBODY
            else:  # it refused the sender, and would take a message all the same: an empty one
                raise Ended("it answers what was not asked")
        elif mail:
            self._tail = _RESET

    def _unfit(self, envelope: Envelope, message: Message) -> Refused | None:
        """Say what this server cannot take, before it is asked."""
        offers, name = self._session.offers, self._session.server.name
        size = len(message.content)
        if offers.size and size > offers.size:
            told = f"the message has {size} bytes, and the mail server {name} takes {offers.size}"
            return Refused(told, Verdict.UNFIT)
        if _is_wide(envelope) and not offers.utf8:
            # The message is good for all others, and so may the address be for another server (RFC 6531).
            return Refused(
                f"the mail server {name} takes no address beyond ASCII (SMTPUTF8)", Verdict.UNKNOWN
            )
        if not offers.eight_bit and not message.content.isascii():
            return Refused(f"the mail server {name} takes no message beyond ASCII (8BITMIME)", Verdict.UNFIT)
        return None

    def _opening(self, envelope: Envelope, message: Message) -> tuple[bytes, bytes, bytes]:
        # Addresses were checked when they came in: nothing in them could end a line.
        offers = self._session.offers
        size = f" SIZE={len(message.content)}" if offers.declares_size else ""
        body = "" if message.content.isascii() else " BODY=8BITMIME"
        wide = " SMTPUTF8" if _is_wide(envelope) else ""
        return (
            f"MAIL FROM:<{envelope.sender}>{size}{body}{wide}\r\n".encode(),
            f"RCPT TO:<{envelope.recipient}>\r\n".encode(),
            b"DATA\r\n",
        )

    def _open(self, place: int, lines: tuple[bytes, ...]) -> list[Reply]:
        """Write the commands that open a message, and return the answers up to the first that failed, or to all."""
        if self._session.offers.pipelining:
            self._write(*lines)
            return [self._opened(place, number) for number in range(len(lines))]
        self._write()
        replies: list[Reply] = []
        for number, line in enumerate(lines):
            self._wire.write(line)
            replies.append(self._opened(place, number))
            if replies[-1].code >= _FAILURE:
                break
        return replies

    def _opened(self, place: int, number: int) -> Reply:
        reply = self._wire.reply()
        if reply.code == _CLOSING:
            outcome = self._meant(reply, of_reader=number == _READER)
            if not _is_of_the_connection(outcome):
                self._outcomes[place] = outcome
            self._closed(reply, outcome)
        if reply.code // 100 == (_SUCCESS if number == 2 else _ASKING):  # noqa: PLR2004 - DATA is the third
            raise Ended("it answers what was not asked")
        return reply

    def _write(self, *lines: bytes) -> None:
        """Write what ends the message before, then `lines`, and note what came of that message."""
        tail, self._tail = self._tail, _NOTHING
        self.between = tail.ends is None
        if not tail.parts and not lines:
            return
        try:
            self._wire.write(b"".join((*tail.parts, *lines)))
            reply = self._wire.reply() if tail.parts else None
            if reply and reply.code // 100 == _ASKING:
                raise Ended("it answers what was not asked")  # noqa: TRY301 - like all that it does
        except Ended as error:
            if tail.ends is not None:
                self._outcomes[tail.ends] = self._broken(error, sum(map(len, tail.parts)))
            raise
        self.between = True
        if reply is None:
            return
        outcome = self._meant(reply)
        if tail.ends is not None:
            self._outcomes[tail.ends] = outcome
            self._session.carried += 1
        if reply.code == _CLOSING:
            self._closed(reply, outcome)

    def _closed(self, reply: Reply, outcome: Outcome) -> NoReturn:
        """Take note that the server leaves; a reason such as too much mail goes for a new connection, too."""
        self.between = _is_of_the_connection(outcome)
        raise Ended(f"it closed ({reply.code} {answers.printable(reply.text)})")

    def _broken(self, error: Ended, size: int) -> Outcome:
        """Say what came of a message while which the connection ended: once its dot has left, nobody knows."""
        if error.sent is None or error.sent >= size:
            return Lost(self._told(error))
        reply = self._wire.last_words()
        if reply and reply.code >= _FAILURE:
            return self._meant(reply)
        return Deferred(self._told(error), Verdict.CONNECTION)

    def _refusal(self, replies: Sequence[Reply]) -> Outcome | None:
        """Return what refused a message that was to be opened; None when the server wants it."""
        for number, reply in enumerate(replies):
            if reply.code >= _FAILURE:
                if not number:
                    return answers.of_server(
                        answers.to_the_sender(reply.code, reply.text), self._session.server.name
                    )
                return self._meant(reply, of_reader=number == _READER)
        return None

    def _meant(self, reply: Reply, *, of_reader: bool = False) -> Outcome:
        """Say what an answer means: of the reader who was just named, or of what the server takes at all."""
        outcome = answers.outcome(reply.code, reply.text)
        return outcome if of_reader else answers.of_server(outcome, self._session.server.name)

    def _told(self, error: Ended) -> str:
        server = self._session.server
        return f"the mail server {server.name} ({server.host}:{server.port}) is gone: {error.why}"


def _data(message: Message) -> tuple[bytes, bytes]:
    """Return a message as it is written: no line is a dot alone, and one ends it (RFC 5321, 4.5.2)."""
    content = message.content
    if message.dotless:
        return content, b".\r\n"
    if b"\r\n." in content:
        content = content.replace(b"\r\n.", b"\r\n..")
    if content.startswith(b"."):
        content = b"." + content
    return content, b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n"


def _is_of_the_connection(outcome: Outcome) -> bool:
    return isinstance(outcome, Deferred) and outcome.verdict is Verdict.CONNECTION


def _is_wide(envelope: Envelope) -> bool:
    return not (envelope.recipient.isascii() and envelope.sender.isascii())
