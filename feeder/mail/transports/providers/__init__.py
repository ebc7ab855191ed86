"""Providers that take mail by an interface on the web: one file each, which translates and nothing else.

calls       what is translated: a message into a call, an answer into what came of it
caller      the calls themselves: when to wait, and which may be made again
parts       a message taken apart, for those that take no MIME
signing     signatures of AWS (SigV4)
ses, postmark, mailgun, sendgrid, brevo, resend

docs/providers.md says what each can express, and how to add one.
"""

from collections.abc import Mapping

from feeder import net
from feeder.mail.transports.providers.brevo import Brevo
from feeder.mail.transports.providers.caller import Caller
from feeder.mail.transports.providers.mailgun import Mailgun
from feeder.mail.transports.providers.postmark import Postmark
from feeder.mail.transports.providers.resend import Resend
from feeder.mail.transports.providers.sendgrid import SendGrid
from feeder.mail.transports.providers.ses import Ses
from feeder.model.settings import MailProvider, Provider

APIS: Mapping[Provider, type[Ses | Postmark | Mailgun | SendGrid | Brevo | Resend]] = {
    Provider.SES: Ses,
    Provider.POSTMARK: Postmark,
    Provider.MAILGUN: Mailgun,
    Provider.SENDGRID: SendGrid,
    Provider.BREVO: Brevo,
    Provider.RESEND: Resend,
}

_MOST_BYTES = 1024 * 1024
"""Of an answer; the longest has some hundred bytes for each message of a call."""


def open_provider(provider: MailProvider, user_agent: str) -> Caller:
    """Return the way out that a provider is."""
    limits = net.Limits(
        connect=provider.timeout,
        silence=provider.timeout,
        whole=provider.timeout,
        max_bytes=_MOST_BYTES,
        at_once=provider.connections,
    )
    return Caller(APIS[provider.name](provider), provider, lambda: net.Client(user_agent, limits))


def try_out(provider: MailProvider, client: net.Client) -> None:
    """Ask a provider whether it knows us, and send nothing. Raises: Unavailable."""
    Caller(APIS[provider.name](provider), provider, lambda: client).try_out()
