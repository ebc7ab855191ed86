"""What mail is made with, and the way out of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from uuid import UUID

from feeder.digests import rendering
from feeder.digests.rendering import Issue, Links
from feeder.errors import FeederError
from feeder.mail import composing
from feeder.mail.composing import Frame, Mould, Own
from feeder.mail.transports import Transport
from feeder.model import ids
from feeder.model.deliveries import Delivery, Envelope
from feeder.model.digests import Recipe, Rendered
from feeder.model.items import Item
from feeder.model.settings import Delivery as DeliverySettings
from feeder.model.settings import Mail, Site
from feeder.model.subscribers import Letter, Reader
from feeder.store import Transaction
from feeder.subscribers import bouncing
from feeder.templating import Templates
from feeder.tokens import Purpose, Signer
from feeder.workflows.allowed import Policies, shown
from feeder.workflows.gate import Gate

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Post:
    """What issues and letters are made with, and the way out. `owner` is this worker's name on its claims.

    `dkim` signs messages for the sender's domain, None for nobody. `serves` says whether there is a service
    at the public address, or files alone. `gate` holds back the first mail of a site, None for nothing.
    """

    site: Site
    mail: Mail
    delivery: DeliverySettings
    recipes: Mapping[str, Recipe]
    templates: Templates
    signer: Signer
    transport: Transport
    space: UUID
    owner: str
    policies: Policies = field(default_factory=dict)
    dkim: composing.Signer | None = None
    serves: bool = True
    gate: Gate | None = None

    @property
    def domain(self) -> str:
        """The domain that mails."""
        return self.mail.sender.rpartition("@")[2]

    def refusal(self, waits: Callable[[Transaction], bool], now: datetime) -> FeederError | None:
        """Return why mail that waits may not leave this site yet, if it may not."""
        return self.gate.refuses(waits, now) if self.gate else None

    def issue(
        self,
        recipe: Recipe,
        period: str,
        reader: Reader,
        items: Sequence[Item],
        corrections: Sequence[Item] = (),
        words: str = "",
    ) -> Issue:
        """Return an issue of these items, with no more of each than its outlet allows."""
        return Issue(
            recipe,
            period,
            reader.preferences.form,
            [shown(item, self.policies) for item in items],
            self.language(reader),
            words,
            [shown(item, self.policies) for item in corrections],
        )

    def language(self, reader: Reader) -> str:
        """Return the language in which a reader is spoken to."""
        return reader.preferences.language or self.site.language

    def look(self) -> str:
        """Return what, beside the items, shapes every issue."""
        return f"{self.templates.fingerprint}{sorted(self.policies.items()) or ''}"

    def mould(self, recipe: Recipe, delivery: Delivery, rendered: Rendered) -> Mould:
        """Cut an issue into what its messages are made of. Raises: ValueError for what no header can hold."""
        frame = Frame(
            sender=self.mail.sender,
            sender_name=self.mail.sender_name,
            list_name=f"{self.site.title}: {self.templates.speech.gettext(recipe.title)}",
            list_id=f"{recipe.name}.{self.domain}",
            language=self.language(delivery.reader),
            leave=self.mail.leave,
            # Nobody's person: what complaints are counted by, and a word of 5 to 15 letters that never changes.
            feedback=f"{delivery.period}:{recipe.name}:{recipe.unit}:{_sender_id(self.domain)}",
        )
        return composing.cut(rendered, frame)

    def own(self, delivery: Delivery, why: str) -> Own:
        """Return what a reader's message has of its own. `why` says why they get it: many are told the same."""
        reader, copy = delivery.reader, self.copy(delivery)
        links = self.links(reader, f"{copy}/all" if copy else "")
        # Whoever was erased and has come back is another reader at the same address: what they get is not the same.
        them = (reader.address.lower(), reader.created.isoformat())
        uid = ids.mint(self.space, "delivery", *them, delivery.digest, delivery.period)
        return Own(
            reader=reader.address,
            message_id=f"<{uid.removeprefix('urn:uuid:')}@{self.domain}>",
            date=delivery.planned,
            why=why,
            unsubscribe=links.unsubscribe,
            preferences=links.preferences,
            copy=copy,
            rest=links.rest,
        )

    def envelope(self, delivery: Delivery, server: str = "") -> Envelope:
        """Return who a message is from and to, so that one that comes back tells which it was."""
        token = ""
        if self._tells_what_comes_back:
            token = self.signer.sign(Purpose.RETURN, delivery.id, delivery.reader.links)
        return Envelope(self._sender(token), delivery.reader.address, server, token)

    def envelope_of(self, letter: Letter) -> Envelope:
        """Return who a letter is from and to, likewise."""
        token = ""
        if self._tells_what_comes_back:
            # The id may be given again when the letter is forgotten, and the moment tells which is meant.
            end = letter.created + bouncing.WITHIN
            token = self.signer.sign(Purpose.LETTER, letter.id, end=end)
        return Envelope(self._sender(token), letter.address, token=token)

    @property
    def _tells_what_comes_back(self) -> bool:
        return bool(self.mail.returns or self.mail.provider)

    def _sender(self, token: str) -> str:
        if not self.mail.returns:
            return self.mail.sender
        name, _, domain = self.mail.returns.rpartition("@")
        return f"{name}+{token}@{domain}"

    def copy(self, delivery: Delivery) -> str:
        """Return where a reader's copy stands on the web, with all of its items below `/all`; empty without a service."""
        if not self.serves:
            return ""
        token = self.signer.sign(Purpose.COPY, delivery.id, delivery.reader.links)
        return self.templates.address(f"copy/{token}")

    def links(self, reader: Reader, rest: str = "") -> Links:
        """Return the addresses in a mail that are one reader's own; `rest` is the site's by default."""
        leaving = self.signer.sign(Purpose.UNSUBSCRIBE, reader.id)
        choosing = self.signer.sign(Purpose.PREFERENCES, reader.id, reader.links)
        address = self.templates.address
        return Links(
            address(f"unsubscribe/{leaving}"), address(f"preferences/{choosing}"), rest or address("")
        )

    def why(self, recipe: Recipe, reader: Reader, names: Mapping[str, str]) -> str:
        """Say why a reader gets an issue, in their language."""
        speech = self.templates.into(self.language(reader)).speech
        return rendering.why(recipe, reader.preferences, reader.reason, names, speech)


def _sender_id(domain: str) -> str:
    """Return what stands for a domain in 15 letters: the same at all times."""
    return blake2b(domain.encode(), digest_size=7).hexdigest()


def tag_names(tx: Transaction, *readers: Reader) -> dict[str, str]:
    """Return the names of the tags that readers have chosen, by their slugs."""
    slugs = {slug for one in readers for slug in (*one.preferences.any_tags, *one.preferences.no_tags)}
    return tx.items.tag_names(sorted(slugs))
