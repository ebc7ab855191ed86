"""The one place where parts meet: settings become a site that works.

What only some commands need is imported when it is first used: most of a short run is imports.
"""

import os
import secrets
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self
from uuid import UUID

from feeder import __version__, net, shipped
from feeder.errors import ConfigurationError
from feeder.model import ids
from feeder.model import settings as kinds
from feeder.model.digests import Recipe
from feeder.model.settings import (
    Database,
    EngineKind,
    Folder,
    Settings,
    StoreSettings,
    Syndication,
    Web,
    WordPress,
)
from feeder.sources import Source
from feeder.sources.folder import MarkdownFolder
from feeder.store import Store, open_store
from feeder.tokens import Signer
from feeder.workflows.collect import Manner, Rules

if TYPE_CHECKING:
    from feeder.engine import Engine
    from feeder.mail.dkim import Signers
    from feeder.mail.inboxes import Inbox
    from feeder.mail.transports import Transport, Way
    from feeder.model.checks import Check
    from feeder.model.members import Member
    from feeder.sources.notes.gazetteer import Gazetteer
    from feeder.templating import Templates
    from feeder.workflows.allowed import Policies
    from feeder.workflows.deliverability import Asks
    from feeder.workflows.exchange import Exchange
    from feeder.workflows.gate import Gate
    from feeder.workflows.post import Post
    from feeder.workflows.press import Press
    from feeder.workflows.progress import Settled
    from feeder.workflows.survey import Survey

SLOWEST = timedelta(hours=6)
"""How seldom a source that goes on failing is tried at least."""

_THREADS = 8
"""How many jobs one process does at a time: most wait for other servers."""

_ABANDONED = timedelta(seconds=8)
"""After so long PostgreSQL ends a transaction in which nothing is asked: its process is cut off, and holds up others."""


class App:
    """The parts of one site, each made when it is first needed."""

    def __init__(self, settings: Settings, *, is_member: bool = False) -> None:
        """Build a site from its settings; a process that `is_member` of a cluster must not hold up the others."""
        self.settings = settings
        self._machine = socket.gethostname()
        self.name = f"{self._machine}:{os.getpid()}:{secrets.token_hex(4)}"
        self._is_member = is_member

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if "transport" in self.__dict__:
            self.transport.close()
        if "client" in self.__dict__:
            self.client.close()
        if "callers" in self.__dict__:
            self.callers.close()
        if "press" in self.__dict__:
            self.press.close()
        if "store" in self.__dict__:
            self.store.close()

    @cached_property
    def space(self) -> UUID:
        """The namespace in which this site mints its ids."""
        return ids.namespace(self.settings.site.id or self.settings.site.public_url)

    @cached_property
    def store(self) -> Store:
        """The article store, open."""
        abandoned = _ABANDONED if self._is_member and self.is_cluster else None
        return open_store(self.settings.store.url, self.space, abandoned=abandoned)

    @cached_property
    def is_cluster(self) -> bool:
        """Whether several processes may work for this site at a time. Raises: ConfigurationError."""
        store = self.settings.store
        can_be = store.url.startswith("postgresql") and find_spec("procrastinate") is not None
        if store.engine is EngineKind.DISTRIBUTED and not can_be:
            raise ConfigurationError(
                'store.engine = "distributed"',
                "needs a store on PostgreSQL, and feeder[cluster] installed",
                'install that, set store.url to postgresql://…, or set store.engine to "local"',
            )
        return can_be and store.engine is not EngineKind.LOCAL

    @cached_property
    def engine(self) -> "Engine":
        """What carries jobs."""
        if self.is_cluster:
            from feeder.engine import distributed  # noqa: PLC0415

            distributed.prepare(self.store, self.name)
            return distributed.Distributed(self.store.connection_parameters(), _THREADS)
        from feeder.engine.local import Local  # noqa: PLC0415

        return Local(_THREADS)

    def member(self, roles: tuple[str, ...], now: datetime) -> "Member":
        """Return what this process is to all others of the site."""
        from feeder.model.members import Member  # noqa: PLC0415

        beats = timedelta(seconds=1 if self.is_cluster else 15)  # alone, nobody has to take over
        return Member(
            id=self.name,
            machine=self._machine,
            process=os.getpid(),
            roles=roles,
            version=__version__,
            began=now,
            beats=beats,
            seen=now,
            engine=self._newest_step_of_engine(),
            setup=self.setup,
        )

    def _newest_step_of_engine(self) -> str:
        if not self.is_cluster:
            return ""
        from feeder.engine import distributed  # noqa: PLC0415

        return distributed.newest_step()

    @cached_property
    def setup(self) -> str:
        """A digest of the settings and templates that must be the same for all processes of a site; no secrets are in it."""
        here = Path()  # what is only this machine's: where the site lies, its door, its way to the store
        shared = replace(self.settings, folder=here, web=Web(), store=StoreSettings(""))
        return sha256(f"{shared} {self.templates.fingerprint}".encode()).hexdigest()[:12]

    def finish_upgrade(self) -> None:
        """Take away from the store what only earlier versions used. Raises: StoreInUse while one of them works; StoreError."""
        self.store.finish_upgrade()
        if self.is_cluster:
            from feeder.engine import distributed  # noqa: PLC0415

            distributed.finish(self.store)

    @cached_property
    def sources(self) -> dict[str, Source]:
        """The sources, by name."""
        return {name: self._source(settings) for name, settings in self.settings.sources.items()}

    def _source(self, settings: kinds.Source) -> Source:
        site = self.settings.site
        match settings:
            case Folder():
                return MarkdownFolder(settings, site)
            case WordPress():
                from feeder.sources import wordpress  # noqa: PLC0415

                return wordpress.WordPress(settings, site, self.client)
            case Syndication():
                from feeder.sources import syndication  # noqa: PLC0415

                return syndication.Feed(settings, site, self.client)
            case Database():
                from feeder.sources import sql  # noqa: PLC0415

                return sql.Query(settings, site)

    def manner(self, name: str) -> Manner:
        """How the source called `name` is visited, and what is done with what it tells."""
        source = self.settings.sources[name]
        # What is on this machine need not be spared.
        slowest = source.every if isinstance(source, Folder) else max(source.every, SLOWEST)
        return Manner(source.every, slowest, self.rules)

    @cached_property
    def rules(self) -> Rules:
        """What is done with what comes in."""
        automatic = self.settings.appearances.accept == "automatic"
        return Rules(self.settings.merging.same, (lambda: self._gazetteer) if automatic else None)

    @cached_property
    def _gazetteer(self) -> "Gazetteer":
        from feeder.sources.notes.gazetteer import load_gazetteer  # noqa: PLC0415

        return load_gazetteer(self.settings.outlets.values())

    @cached_property
    def client(self) -> net.Client:
        """What asks other servers, and says who asks."""
        return net.Client(self._user_agent)

    @cached_property
    def callers(self) -> net.Client:
        """What speaks to whoever subscribes to our hub, and to other hubs."""
        from feeder.workflows.exchange import LIMITS  # noqa: PLC0415

        return net.Client(self._user_agent, LIMITS)

    @property
    def _user_agent(self) -> str:
        """Who asks, for other servers."""
        site = self.settings.site
        return f"feeder/{__version__} (+{site.contact or site.public_url})"

    def exchange(
        self, clock: Callable[[], datetime], stopped: Callable[[], bool] = lambda: False
    ) -> "Exchange":
        """Return what our hub works with, at the present that `clock` tells and until `stopped`."""
        from feeder.workflows.exchange import Exchange  # noqa: PLC0415

        settings = self.settings
        content = self.press.folder.content
        return Exchange(settings.site, settings.publish, self.callers, content, clock, stopped)

    @cached_property
    def templates(self) -> "Templates":
        """The site's templates over the shipped ones."""
        from feeder.templating import Templates  # noqa: PLC0415

        settings = self.settings
        folders = [settings.templates, shipped.templates()]
        return Templates(folders, settings.site, signup=settings.signup.open)

    @cached_property
    def policies(self) -> "Policies":
        """What outlets allow to be shown, as far as the site says so."""
        from feeder.workflows import allowed  # noqa: PLC0415

        return allowed.policies(self.settings.outlets.values())

    @cached_property
    def press(self) -> "Press":
        """What documents are made with, and where they go."""
        from feeder.workflows.press import Press  # noqa: PLC0415

        settings = self.settings
        return Press(
            settings.site,
            settings.publish,
            self.templates,
            settings.feeds,
            self.policies,
            settings.digests,
            self._machine,
        )

    @cached_property
    def signer(self) -> Signer:
        """What signs the links in mails."""
        with self.store.reading() as tx:
            return Signer(tx.keys.all())

    @cached_property
    def transport(self) -> "Transport":
        """The way out for mail: by servers or a provider, or where there are none into the Maildir."""
        mail = self.settings.mail
        if not mail.goes_abroad:
            from feeder.mail.transports.folder import Maildir  # noqa: PLC0415

            return Maildir(mail.folder)
        from feeder.mail.transports.several import Several  # noqa: PLC0415

        return Several([*self._mail_servers(), *self._mail_provider()])

    def _mail_servers(self) -> Iterator["Way"]:
        from feeder.mail.transports.smtp import Pool  # noqa: PLC0415

        trust = ssl.create_default_context()
        yield from (Pool(server, trust) for server in self.settings.mail.servers.values())

    def _mail_provider(self) -> Iterator["Way"]:
        if self.settings.mail.provider:
            from feeder.mail.transports.providers import open_provider  # noqa: PLC0415

            yield open_provider(self.settings.mail.provider, self._user_agent)

    @cached_property
    def inbox(self) -> "Inbox | None":
        """The mailbox in which what comes back is looked for; None for none."""
        inbox = self.settings.mail.inbox
        if inbox.maildir:
            from feeder.mail.inboxes.maildir import Maildir  # noqa: PLC0415

            return Maildir(inbox.maildir)
        if inbox.host:
            from feeder.mail.inboxes.imap import Imap  # noqa: PLC0415

            return Imap(inbox, ssl.create_default_context())
        return None

    @cached_property
    def dkim(self) -> "Signers | None":
        """What signs mail for the sender's domain; None where there is no key. Raises: ConfigurationError."""
        mail = self.settings.mail
        if not (mail.dkim.key or mail.dkim.ed25519_key):
            return None  # and nobody waits for the cryptography
        from feeder.mail import keys  # noqa: PLC0415

        return keys.open_signers(mail.dkim, mail.signing_domain)

    @cached_property
    def asks(self) -> "Asks":
        """What asks the world whether mail would be taken."""
        from feeder.net.dns import Dns  # noqa: PLC0415
        from feeder.workflows.deliverability import Asks  # noqa: PLC0415

        return Asks(Dns(self.settings.check.resolver), self.client, ssl.create_default_context())

    def deliverability(self, now: datetime) -> Sequence["Check"]:
        """Look at all on which it depends whether mail is taken."""
        from feeder.workflows import deliverability  # noqa: PLC0415

        return deliverability.look(self.settings, self.signer, self.asks, now)

    @cached_property
    def gate(self) -> "Gate | None":
        """What holds back the first mail; None where mail stays here."""
        from feeder.workflows.gate import Gate  # noqa: PLC0415

        return Gate(self.store, self.deliverability) if self.settings.mail.goes_abroad else None

    @cached_property
    def post(self) -> "Post":
        """What issues are made with, and the way out."""
        from feeder.workflows.post import Post  # noqa: PLC0415

        settings = self.settings
        return Post(
            site=settings.site,
            mail=settings.mail,
            delivery=settings.delivery,
            recipes=settings.digests,
            templates=self.templates,
            policies=self.policies,
            signer=self.signer,
            transport=self.transport,
            dkim=self.dkim,
            gate=self.gate,
            serves=settings.signup.open,
            space=self.space,
            owner=self.name,
        )

    def survey(self, now: datetime, settled: "Settled | None" = None) -> "Survey":
        """Look at all that goes on; `settled` is kept by whoever looks again and again. Raises: StoreError."""
        from feeder.schedule import plan  # noqa: PLC0415
        from feeder.workflows import survey  # noqa: PLC0415

        every = {tick.job.name: tick.every for tick in plan.ticks(self.settings)}
        return survey.take(
            self.store, self.settings, every, self.engine.waiting, now, {} if settled is None else settled
        )

    def recipe(self, name: str) -> Recipe:
        """Return the digest called `name`.

        Raises: ConfigurationError.
        """
        try:
            return self.settings.digests[name]
        except KeyError:
            known = ", ".join(sorted(self.settings.digests))
            raise ConfigurationError(
                f"digest {name!r}", "is not configured", f"take one of {known}, or add [digests.{name}]"
            ) from None
