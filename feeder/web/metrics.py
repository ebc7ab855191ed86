"""What goes on, as Prometheus reads it: made from one look, with no registry but our own.

Labels are names that the site's owner chose, states and kinds: no person, no address, and never many. None is
called job or instance, since Prometheus has labels of its own by these names.
"""

import hmac
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from feeder import __version__
from feeder.app import App
from feeder.digests import pacing
from feeder.model.deliveries import OPEN, State
from feeder.model.members import ROLES
from feeder.model.returns import Kind
from feeder.model.settings import Metrics as Who
from feeder.model.settings import Settings
from feeder.web.headers import PRIVATE
from feeder.web.health import Health
from feeder.web.inquiry import Inquiry
from feeder.workflows.progress import HOUR, MINUTE, Settled
from feeder.workflows.survey import Survey

_FRESH_SECONDS, _PATIENCE_SECONDS = 5, 2
_SPARED = 20
"""Counting a large issue takes a while: it shall cost a twentieth of those who send at most."""

_OF_PROXIES = (
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
)
"""Fields that proxies add to what strangers ask."""


# ── Who may see it ───────────────────────────────────────────────────────────────────────────────


def may_see(request: Request, settings: Settings) -> bool:
    """Tell whether whoever asks may see the metrics, which tell how much mail there is."""
    web = settings.web
    match web.metrics:
        case Who.TOKEN:
            scheme, _, shown = request.headers.get("authorization", "").partition(" ")
            expected = web.metrics_token.encode()
            return scheme.lower() == "bearer" and hmac.compare_digest(shown.strip().encode(), expected)
        case Who.LOCAL:
            return _is_near(request) and not _came_by_proxy(request, settings.site.public_url)
        case Who.OFF:
            return False


def _is_near(request: Request) -> bool:
    try:
        address = ip_address(request.client.host if request.client else "")
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_loopback or address.is_private


def _came_by_proxy(request: Request, public_url: str) -> bool:
    """Tell whether a server in front may ask for somebody else: it says so, or whoever asked took the public address."""
    public = urlsplit(public_url)
    is_public = public.scheme == "https" and request.url.hostname == public.hostname
    return is_public or any(name in request.headers for name in _OF_PROXIES)


# ── What is seen ─────────────────────────────────────────────────────────────────────────────────


class Metrics(Collector):
    """The metrics of one site, as one process sees it."""

    def __init__(self, app: App, health: Health) -> None:
        self._settings = app.settings
        self._health = health
        settled: Settled = {}
        self._survey = Inquiry(
            lambda: app.survey(datetime.now(UTC), settled), _FRESH_SECONDS, _PATIENCE_SECONDS, _SPARED
        )
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def answer(self, request: Request) -> Response:
        """Answer whoever may see them; others are told that nothing is here."""
        if not may_see(request, self._settings):
            return PlainTextResponse("Not Found", 404, headers=PRIVATE)
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(self._registry), headers={**PRIVATE, "Content-Type": media_type})

    def collect(self) -> Iterator[Metric]:
        """Tell of this process, and of the site as far as the store can be asked."""
        yield InfoMetricFamily(
            "feeder_build", "Which version of the program this is.", {"version": __version__}
        )
        yield _by(
            "feeder_part_silent_seconds",
            "For how long each part of this process has not shown that it lives.",
            "part",
            self._health.beats.silence(),
        )
        is_up = self._health.has_store()
        yield _one("feeder_store_up", "Whether the store can be used (1) or not (0).", is_up)
        found = self._survey.latest() if is_up else None
        if found and found.answer:
            yield _one(
                "feeder_survey_age_seconds",
                "How old the figures are: those of a large issue are counted less often.",
                time.monotonic() - found.at,
            )
            yield _one("feeder_survey_seconds", "How long it took to gather them.", found.took)
            yield from families(found.answer, self._settings)


def families(survey: Survey, settings: Settings) -> Iterator[Metric]:
    """Tell what a look found."""
    yield from _of_processes(survey)
    yield from _of_mail(survey)
    yield from _of_trouble(survey)
    yield from _of_publishing(survey, settings)


def _of_processes(survey: Survey) -> Iterator[Metric]:
    yield _by(
        "feeder_members",
        "Processes that live and work for the site, by what they do.",
        "role",
        {role: survey.alive(role) for role in ROLES},
    )
    yield _one(
        "feeder_members_silent",
        "Processes that have not told for too long that they live, and were not given up yet.",
        len(survey.silent),
    )
    heard: dict[str, datetime] = {}
    for member in survey.members:
        heard[member.machine] = max(member.seen, heard.get(member.machine, member.seen))
    yield _by(
        "feeder_machine_silent_seconds",
        "How long ago any process on each machine told that it lives.",
        "machine",
        {machine: _age(seen, survey.at) for machine, seen in heard.items()},
    )
    yield _by("feeder_jobs", "Jobs that wait or run, by name.", "name", survey.queued)


def _of_mail(survey: Survey) -> Iterator[Metric]:
    issues, letters = survey.issues, survey.letters
    yield _by(
        "feeder_deliveries",
        "Deliveries by state, of the issues that are under way and the newest of each digest.",
        "state",
        {state: issues.states.get(state, 0) for state in State},
    )
    yield _one(
        "feeder_oldest_undelivered_seconds",
        "How long ago the oldest delivery was planned that is still open; 0 where none is.",
        _age(survey.deliveries.oldest, survey.at),
    )
    accepted = "How many of these deliveries were accepted within the last"
    yield _one("feeder_accepted_last_minute", f"{accepted} minute.", issues.accepted(MINUTE))
    yield _one("feeder_accepted_last_hour", f"{accepted} hour.", issues.accepted(HOUR))
    yield _one("feeder_senders", "How many processes hold deliveries.", len(issues.senders))
    yield _by(
        "feeder_letters",
        "Letters to one person, such as confirmations, that are still to be settled, by state.",
        "state",
        {state: letters.states.get(state, 0) for state in OPEN if state is not State.CLAIMED},
    )
    yield _one(
        "feeder_oldest_letter_seconds",
        "How long ago the oldest of them was written; 0 where there is none.",
        _age(letters.oldest, survey.at),
    )
    yield _by(
        "feeder_returned_last_week",
        "What came back of mail within seven days, by kind.",
        "kind",
        {kind: survey.returned.get(kind, 0) for kind in Kind},
    )
    yield _by("feeder_slowed", "Paces that a complaint holds back.", "of", _paces(survey.slowed))


def _of_trouble(survey: Survey) -> Iterator[Metric]:
    rests = survey.rests_until is not None and survey.rests_until > survey.at
    shut = not survey.gate.opened and bool(survey.gate.wrong)
    yield _one("feeder_alarms", "What a person has to mend, as `feeder status` tells it.", len(survey.alarms))
    yield _one("feeder_holds", "Digests, or all mail, that a person has stopped.", len(survey.issues.holds))
    yield _one("feeder_sending_rests", "Whether sending rests after faults of our own (1).", rests)
    yield _one(
        "feeder_gate_shut", "Whether the first mail is held back, since others would refuse it (1).", shut
    )
    yield _by(
        "feeder_job_lag_seconds",
        "How long ago each job last began, as far as that is known.",
        "name",
        {turn.job: turn.lag(survey.at).total_seconds() for turn in survey.jobs},
    )
    yield _by(
        "feeder_job_interval_seconds",
        "How often each of these jobs is to begin.",
        "name",
        {turn.job: turn.every.total_seconds() for turn in survey.jobs},
    )


def _of_publishing(survey: Survey, settings: Settings) -> Iterator[Metric]:
    # What was taken out of the configuration may still be remembered.
    sources = {state.name: state for state in survey.sources if state.name in settings.sources}
    yield _by(
        "feeder_source_failures",
        "How often each source could not be read since it last was.",
        "source",
        {name: state.failures for name, state in sources.items()},
    )
    yield _by(
        "feeder_source_held_removals",
        "Items of each source whose removal waits for a person.",
        "source",
        {name: state.held or 0 for name, state in sources.items()},
    )
    yield _by(
        "feeder_source_last_complete_timestamp_seconds",
        "When each source was last read completely.",
        "source",
        {
            name: state.last_complete.timestamp()
            for name, state in sources.items()
            if state.last_complete is not None
        },
    )
    yield _one("feeder_dirty", "Reasons to make documents anew that wait for the next publish.", survey.dirty)
    yield _one("feeder_bucket_waiting", "Documents that wait for the bucket.", survey.unput)
    yield _one("feeder_hubs_failing", "Other hubs that do not hear what changed.", len(survey.troubles))
    yield _one("feeder_hub_subscriptions", "Subscriptions at our own hub.", survey.subscriptions)


def _paces(slowed: Mapping[str, float]) -> dict[str, float]:
    servers = sum(name.startswith(pacing.of_server("")) for name in slowed)
    return {"server": servers, "domain": len(slowed) - servers}


def _age(moment: datetime | None, now: datetime) -> float:
    return max(timedelta(), now - moment).total_seconds() if moment else 0


def _one(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=value)


def _by(name: str, words: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=[label])
    for each, value in values.items():
        family.add_metric([each], value)
    return family
