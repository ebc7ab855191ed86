"""What providers post to us about mail: proved to be theirs, and put into our words.

calls       what was posted, what is wrong with it, and what it tells
proofs      passwords, signatures and times, compared as long as they are
said        values out of a stranger's JSON
ses, postmark, mailgun, sendgrid, brevo, resend     one file each, which proves and translates
sns         the way on which SES posts: its signatures, and how it asks whether we want that

Whatever a provider tells beside failures, complaints and farewells is passed over: who opened a mail,
and what they clicked, is nobody's business.
"""

from collections.abc import Callable, Mapping

from feeder import net
from feeder.mail.webhooks.brevo import Brevo
from feeder.mail.webhooks.calls import Hook
from feeder.mail.webhooks.mailgun import Mailgun
from feeder.mail.webhooks.postmark import Postmark
from feeder.mail.webhooks.resend import Resend
from feeder.mail.webhooks.sendgrid import SendGrid
from feeder.mail.webhooks.ses import Ses
from feeder.model.settings import Provider

_HOOKS: Mapping[str, Callable[[str], Hook]] = {
    Provider.POSTMARK: Postmark,
    Provider.MAILGUN: Mailgun,
    Provider.SENDGRID: SendGrid,
    Provider.BREVO: Brevo,
    Provider.RESEND: Resend,
}


def open_hooks(secrets: Mapping[str, str], client: Callable[[], net.Client]) -> dict[str, Hook]:
    """Return what reads the posts of those providers that have a secret; for SES that is the topic.

    Raises: ConfigurationError, for a key that is none.
    """
    return {
        name: Ses(secret, client) if name == Provider.SES else _HOOKS[name](secret)
        for name, secret in secrets.items()
        if secret
    }
