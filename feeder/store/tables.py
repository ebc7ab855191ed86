"""The whole schema on one page; `migrations/` leads every older database to it.

Moments are whole seconds since 1970, UTC. Nothing here is peculiar to one database.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TableValuedAlias,
    Text,
    TypeDecorator,
    UniqueConstraint,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    select,
)
from sqlalchemy.sql.elements import ColumnElement


class Moment(TypeDecorator[datetime]):
    """An aware moment in UTC, kept as whole seconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - the base class's
        """Turn an aware moment into seconds."""
        return None if value is None else int(value.timestamp())

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Turn seconds into an aware moment."""
        return None if value is None else datetime.fromtimestamp(value, UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _named(table: str, *more: Column[Any]) -> Table:
    """Make a table of names: `key` is the name as it is compared, `slug` its part of an address."""
    return Table(
        table,
        metadata,
        Column("id", Integer, primary_key=True),
        Column("name", Text, nullable=False),
        Column("key", Text, nullable=False, unique=True),
        Column("slug", Text, nullable=False, unique=True),
        *more,
    )


def _where(condition: str) -> dict[str, Any]:
    """Say of an index that it has just the rows that meet a condition, in the words in which queries ask.

    Whoever makes the index writes it, as each database has it: SQLAlchemy would load all of PostgreSQL's
    dialect to hear of a condition, which takes longer than most commands.
    """
    return {"info": {"where": condition}}


def literally(column: Column[str], *words: str) -> ColumnElement[bool]:
    """Tell rows by words of our own as the condition of an index does, one word or several in its order.

    SQLite does not look into values that are given apart, and would walk through the table.
    """
    literals: list[ColumnElement[str]] = [literal_column(f"'{word}'") for word in words]
    return column == literals[0] if len(literals) == 1 else column.in_(literals)


def each(name: str) -> TableValuedAlias:
    """Make rows of `key`, which is text, and `value` of a JSON object that a statement is given under a name.

    So it is put together once: of a list, each length makes another, with a parameter for each of hundreds of ids.
    """
    return func.json_each(bindparam(name, type_=JSON)).table_valued("key", column("value", JSON))


def among(ids: Column[int], name: str) -> ColumnElement[bool]:
    """Tell rows whose id is a key of a JSON object that a statement is given under a name."""
    return ids.in_(select(cast(each(name).c.key, Integer)))


# ── Items ────────────────────────────────────────────────────────────────────────────────────────

tags = _named("tags")
authors = _named("authors")
outlets = _named("outlets", Column("uid", Text, nullable=False), Column("home", Text))


items = Table(
    "items",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("uid", Text, nullable=False, unique=True),
    Column("source", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("slug", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("url", Text),
    Column("outlet_id", ForeignKey("outlets.id")),
    Column("published", Text),  # "2016-10-17", or a moment in RFC 3339, as exactly as it is known
    Column("posted", Moment, nullable=False),
    Column("revised", Moment, nullable=False),
    Column("embargo", Moment),
    Column("number", BigInteger, unique=True),  # the arrival; null while the item is not public
    Column("shown", Boolean, nullable=False),  # was it ever public?
    Column("announced", Boolean, nullable=False),
    Column("withheld", Boolean, nullable=False),  # a draft at its source
    Column("hidden", Boolean, nullable=False),  # by hand, or since it was merged into another
    Column("gone", Moment),  # when its source was seen without it
    Column("place", Text, nullable=False),  # where its source keeps it, and ...
    Column("version", Text, nullable=False),  # ... what changes whenever it would tell it differently
    Column("edited", JSON(none_as_null=True)),  # what was set by hand, and outlives what the source says
    # Two ids of items, without foreign keys: when rows are copied, they may name rows that come later.
    Column("merged_into", Integer),
    Column("piece_id", Integer),  # of an appearance: the piece whose note told of it
    Column("corrected", Moment),
    Column("correction", Text, nullable=False),
    Column("address_key", Text),  # as addresses and ...
    Column("title_key", Text, nullable=False),  # ... titles are compared, to find the same work twice
    Column("language", Text),
    Column("picture", JSON(none_as_null=True)),
    Column("pictures", JSON, nullable=False),
    Column("note", Text, nullable=False),
    Column("standfirst", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("medium", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),  # of the whole draft: is it the same?
    Column("substance", Text, nullable=False),  # of what counts as a significant change
    UniqueConstraint("source", "key"),
    Index("ix_items_posted", "posted"),
    Index("ix_items_place", "source", "place"),
    Index("ix_items_outlet_id", "outlet_id"),
    Index("ix_items_language", "language"),
    Index("ix_items_public", "posted", "uid", **_where("number IS NOT NULL")),
    Index(
        "ix_items_unreleased",
        "posted",
        **_where("number IS NULL AND gone IS NULL AND withheld IS FALSE AND hidden IS FALSE"),
    ),
    Index("ix_items_merged_into", "merged_into", **_where("merged_into IS NOT NULL")),
    Index("ix_items_piece_id", "piece_id", **_where("piece_id IS NOT NULL")),
    Index("ix_items_key", "key"),
    Index("ix_items_address_key", "address_key"),
    Index("ix_items_title_key", "title_key"),
)

item_tags = Table(
    "item_tags",
    metadata,
    Column("item_id", ForeignKey("items.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("tag_id", ForeignKey("tags.id"), nullable=False),
    Index("ix_item_tags_tag_id", "tag_id", "item_id"),
)

item_authors = Table(
    "item_authors",
    metadata,
    Column("item_id", ForeignKey("items.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("author_id", ForeignKey("authors.id"), nullable=False),
    Index("ix_item_authors_author_id", "author_id", "item_id"),
)

item_pictures = Table(  # the files that an item shows, by their path in the published tree
    "item_pictures",
    metadata,
    Column("item_id", ForeignKey("items.id"), primary_key=True),
    Column("path", Text, primary_key=True),
    Index("ix_item_pictures_path", "path"),
)

aliases = Table(  # further ids: of items that were merged, and those that readers knew before
    "aliases",
    metadata,
    Column("uid", Text, primary_key=True),
    Column("item_id", ForeignKey("items.id"), nullable=False),
)

history = Table(  # what was done by hand, when, and why
    "history",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("item_id", ForeignKey("items.id"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("action", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("changes", JSON, nullable=False),
)

twins = Table(  # items that look like the same work; the younger one first
    "twins",
    metadata,
    Column("item_id", ForeignKey("items.id"), primary_key=True),
    Column("other_id", ForeignKey("items.id"), primary_key=True, index=True),
    Column("likeness", Text, nullable=False),
    Column("dropped", Boolean, nullable=False),  # a person said that they are not
)

verdicts = Table(  # what became of an appearance that a note proposed
    "verdicts",
    metadata,
    Column("item_id", ForeignKey("items.id"), primary_key=True),  # the piece with the note
    Column("proposal", Text, primary_key=True),
    Column("verdict", Text, nullable=False),
    Column("appearance_id", ForeignKey("items.id")),
    Column("at", Moment, nullable=False),
)

sources = Table(
    "sources",
    metadata,
    Column("name", Text, primary_key=True),
    Column("state", JSON, nullable=False),  # what the source wants to remember
    Column("first_complete", Moment),
    Column("last_complete", Moment),
    Column("last_read", Moment),
    Column("problem", Text),  # why the last reading failed, or what it refused
    Column("failures", Integer, nullable=False),  # how many readings have failed since the last good one
    Column("next_try", Moment),  # not before this time, after failures
    Column("held", Integer),  # a removal of so many items waits for a person
    Column("unread", JSON, nullable=False),  # keys that the first complete reading could not take
)

links = Table(  # where outlets have items, and what looking there proves
    "links",
    metadata,
    Column("item_id", ForeignKey("items.id"), primary_key=True),
    Column("url", Text, nullable=False),  # at which somebody looked; the item may have another since
    Column("host", Text, nullable=False),
    Column("next_check", Moment, nullable=False, index=True),
    Column("standing", Text, nullable=False),
    Column("said", Text, nullable=False),  # what came of the last look
    Column("checked", Moment),
    Column("since", Moment),  # when it began to stand so
    Column("strikes", Integer, nullable=False),  # looks that say the same of what is not proven yet
    Column("target", Text),  # where it has moved for good
    Column("declined", Text),  # where the author does not want it to lead
    Column("copy_url", Text),  # a copy in an archive of the web, ...
    Column("copy_taken", Moment),  # ... when it was taken, ...
    Column("asked", Moment),  # ... when the archive was asked for one, ...
    Column("agreed", Moment),  # ... and when the author agreed to show it
    Index("ix_links_host", "host", "next_check"),
    Index("ix_links_standing", "standing", "item_id"),
)

numbers = Table(  # counters; the row is locked until the transaction ends
    "numbers",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

# ── Documents ────────────────────────────────────────────────────────────────────────────────────

feeds = Table(
    "feeds",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("uid", Text, nullable=False, unique=True),
    Column("selection", Text, nullable=False),
    Column("slug", Text, nullable=False),  # those of what it selects by; empty for everything
    Column("name", Text, nullable=False),
    Column("updated", Moment),  # the newest update that it has told
    Column("total", Integer, nullable=False),  # how many public items it has
    Column("archives", Integer, nullable=False),  # how many archives it has
    Column("standing", Boolean, nullable=False),  # published without items, too
    Column("heir", Integer),  # the feed to which items went that left it; 0 if to several
    UniqueConstraint("selection", "slug"),
    Index("ix_feeds_heir", "heir"),
)

listings = Table(  # the public items of each feed
    "listings",
    metadata,
    Column("item_id", ForeignKey("items.id"), primary_key=True),
    Column("feed_id", ForeignKey("feeds.id"), primary_key=True),
    Column("posted", Moment, nullable=False),  # the item's
    Column("updated", Moment, nullable=False),  # the item's, as it was last seen here
    Column("archive", Integer),  # the archive that holds it for good
    Column("open", Boolean, nullable=False),  # it has to stand in the live documents
    Index("ix_listings_feed_id", "feed_id", "posted"),
    Index("ix_listings_open", "feed_id", **_where("open IS TRUE")),
    Index("ix_listings_archive", "feed_id", "archive", **_where("archive IS NOT NULL")),
)

entries = Table(  # items as feeds show them, kept until the item changes; all can be made again
    "entries",
    metadata,
    Column("item_id", ForeignKey("items.id"), primary_key=True),
    Column("policy", Text, primary_key=True),  # how much of the item they show
    Column("atom", LargeBinary, nullable=False),
    Column("rss", LargeBinary, nullable=False),  # empty in formats that the site does not publish
    Column("json", LargeBinary, nullable=False),
    Column("page", LargeBinary, nullable=False),
    Column("line", LargeBinary, nullable=False),
)

tombstones = Table(  # what feeds once listed, and what is public no more
    "tombstones",
    metadata,
    Column("feed_id", ForeignKey("feeds.id"), primary_key=True),
    Column("uid", Text, primary_key=True),
    Column("at", Moment, nullable=False, index=True),
)

dirty = Table(  # what a change touched and the tree does not show yet; a row is one reason
    "dirty",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("item_id", ForeignKey("items.id"), index=True),
    Column("feed_id", ForeignKey("feeds.id"), index=True),
    Column("archive", Integer),  # of that feed; null for its live documents
    Column("path", Text, index=True),  # of what may have to be another, or none
    Column("changed", Boolean, nullable=False),  # the item did, and which feeds list it is not arranged yet
)

documents = Table(
    "documents",
    metadata,
    Column("path", Text, primary_key=True),
    Column("hash", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("written", Moment, nullable=False),  # when these bytes were first written
    Column("stale", Boolean, nullable=False),  # nothing has made it again since everything is made anew
    Index("ix_documents_stale", "path", **_where("stale IS TRUE")),
)

objects = Table(  # what a bucket holds of the tree, and by what the object store tells versions apart
    "objects",
    metadata,
    Column("path", Text, primary_key=True),
    Column("digest", Text, nullable=False),  # of content and header fields; empty: another one put it
    Column("etag", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("stale", Boolean, nullable=False),  # it was not seen yet since somebody asked
)

outgoing = Table(  # changes of the tree on their way to a bucket, and to the caches in front
    "outgoing",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("path", Text, nullable=False),
    Column("stage", Integer, nullable=False),
    Index("ix_outgoing_stage", "stage", "id"),
)

aggregators = Table(  # how many subscribers aggregators say that documents have
    "aggregators",
    metadata,
    Column("path", Text, primary_key=True),
    Column("agent", Text, primary_key=True),
    Column("feed_id", Text, primary_key=True),  # what the aggregator calls the feed; may be empty
    Column("subscribers", Integer, nullable=False),
    Column("day", Moment, nullable=False, index=True),  # on which it was last said
)

visitors = Table(  # how many others came to a feed on a day, UTC
    "visitors",
    metadata,
    Column("day", Moment, primary_key=True),
    Column("feed", Text, primary_key=True),  # its path
    Column("readers", Integer, nullable=False),
)

# ── WebSub ───────────────────────────────────────────────────────────────────────────────────────

hub_requests = Table(  # what was asked of our hub, and is not verified yet
    "hub_requests",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mode", Text, nullable=False),
    Column("topic", Text, nullable=False),  # the path of a document
    Column("callback", Text, nullable=False),
    Column("host", Text, nullable=False),  # that of the callback
    Column("lease", Integer, nullable=False),  # in seconds
    Column("secret", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due", Moment, nullable=False, index=True),
    UniqueConstraint("callback", "topic"),
    Index("ix_hub_requests_topic", "topic"),
    Index("ix_hub_requests_host", "host"),
)

hub_subscriptions = Table(  # whom our hub tells of a document
    "hub_subscriptions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("callback", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("expires", Moment, nullable=False, index=True),
    Column("change", Integer, nullable=False),  # how often the document has changed since
    Column("due", Moment),  # when to tell of the last change; null when it is told
    Column("tries", Integer, nullable=False),
    Column("missed", Integer, nullable=False),  # changes in a row that could not be told
    Column("over", Boolean, nullable=False),  # the document is gone, and nothing but that is told
    UniqueConstraint("callback", "topic"),
    Index("ix_hub_subscriptions_topic", "topic"),
    Index("ix_hub_subscriptions_host", "host"),
    Index("ix_hub_subscriptions_due", "due", **_where("due IS NOT NULL")),
)

pings = Table(  # of which documents other hubs have yet to hear; a row is one reason
    "pings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("hub", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Index("ix_pings_hub", "hub", "id"),
)

troubles = Table(  # other hubs that do not answer
    "troubles",
    metadata,
    Column("hub", Text, primary_key=True),
    Column("problem", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("since", Moment, nullable=False),
    Column("next_try", Moment, nullable=False),
)

# ── Readers and their mail ───────────────────────────────────────────────────────────────────────

rhythms = Table(  # readers who share one are due at the same moments
    "rhythms",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("hour", Integer, nullable=False),  # -1 for that of the digest ...
    Column("day", Integer, nullable=False),  # ... and here as well
    Column("next_issue_at", Moment, nullable=False, index=True),
    Column("postponed", Boolean, nullable=False),  # it was late and has been put off once
    Column("period", Text),  # that of its last issue
    Column("rounds", Integer, nullable=False),  # how often it has come round
    UniqueConstraint("digest", "zone", "hour", "day"),
)

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("address", Text, nullable=False),  # empty for one who was erased
    Column("address_key", Text, nullable=False, unique=True),  # a keyed hash of it, as addresses are compared
    Column("was", Text),  # that of the address that one who was erased had: old links still unsubscribe it
    Column("status", Text, nullable=False),
    Column("before", Text),  # the status that a suppression interrupts
    Column("digest", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("hour", Integer),
    Column("day", Integer),
    Column("any_tags", JSON, nullable=False),
    Column("no_tags", JSON, nullable=False),
    Column("kinds", JSON, nullable=False),
    Column("form", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("cursor", BigInteger, nullable=False),
    Column("created", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("consent", JSON(none_as_null=True)),  # the proof that this reader wants mail
    Column("links", Integer, nullable=False),  # the generation of this reader's links
    # The rhythm with which this reader's issues come; without a foreign key, that would be asked for each newcomer.
    Column("rhythm_id", Integer),
    Column("joined", Integer),  # how often it had come round then
    Column("next_issue_at", Moment),  # of one who goes with no rhythm
    Column("postponed", Boolean, nullable=False),  # the next issue was late and has been put off once
    Column("last_period", Text),  # that of the last issue that came without the rhythm
    Column("paused_until", Moment),
    Index("ix_subscribers_rhythm", "rhythm_id", "joined"),
    Index("ix_subscribers_alone", "next_issue_at", **_where("next_issue_at IS NOT NULL")),
    Index("ix_subscribers_pending", "created", **_where("status = 'pending'")),
    Index("ix_subscribers_was", "was", **_where("was IS NOT NULL")),
)

suppressions = Table(  # addresses that must not be mailed, and why; they outlive the addresses themselves
    "suppressions",
    metadata,
    Column("address_key", Text, primary_key=True),
    Column("cause", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
)

requests = Table(  # what was asked for an address, and wants a letter first
    "requests",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("ask", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("address_key", Text, nullable=False),
    Column("subscriber_id", ForeignKey("subscribers.id"), index=True),
    Column("wish", JSON(none_as_null=True)),  # the preferences of a new reader
    Column("form", Text, nullable=False),  # which form, ...
    Column("wording", Text, nullable=False),  # ... and which words, they said yes to
    Column("language", Text, nullable=False),
    Column("network", Text),  # a keyed hash of where it came from, for a while
    Column("asked", Moment, nullable=False, index=True),
    Column("expires", Moment, nullable=False),
    Column("answered", Moment),  # when it was decided whether a letter goes out
    Column("mailed", Boolean, nullable=False),  # one did
    Column("confirmed", Boolean, nullable=False),
    Column("closed", Moment),  # when it was confirmed, or came to nothing
    Index("ix_requests_address_key", "address_key", "asked"),
    Index("ix_requests_unanswered", "asked", **_where("answered IS NULL")),
)

letters = Table(  # mail to one person about what they asked for
    "letters",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("matter", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("address_key", Text, nullable=False, index=True),
    Column("language", Text, nullable=False),
    Column("subscriber_id", ForeignKey("subscribers.id"), index=True),
    Column("about", Integer),  # the id of the request, or the choice
    Column("created", Moment, nullable=False, index=True),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("not_before", Moment, nullable=False),
    Column("owner", Text),
    Column("lease_until", Moment),
    Column("reason", Text, nullable=False),
    Index("ix_letters_waiting", "not_before", **_where("state IN ('waiting', 'attempted')")),
)

choices = Table(  # what readers changed by a link in a mail, so that it can be undone
    "choices",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subscriber_id", ForeignKey("subscribers.id"), nullable=False, index=True),
    Column("before", JSON, nullable=False),
    Column("after", JSON, nullable=False),
    Column("at", Moment, nullable=False, index=True),
    Column("undone", Moment),
)

contents = Table(
    "contents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
)

content_items = Table(
    "content_items",
    metadata,
    Column("content_id", ForeignKey("contents.id"), primary_key=True),
    Column("item_id", ForeignKey("items.id"), primary_key=True),
)

_UNDER_WAY = _where("state IN ('waiting', 'claimed', 'attempted')")

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    # No foreign keys: to ask for each of millions of rows costs more than to write them, and locks every reader.
    Column("subscriber_id", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("up_to", BigInteger, nullable=False),
    Column("newest", Integer),  # a welcome holds the newest so many
    Column("planned", Moment, nullable=False),
    Column("state", String(16), nullable=False),
    Column("not_before", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("owner", Text),
    Column("lease_until", Moment),
    Column("content_id", Integer),
    Column("queue_id", Text),
    Column("reason", Text, nullable=False),
    Column("changed", Moment, nullable=False),
    UniqueConstraint("subscriber_id", "digest", "period"),
    Index("uq_deliveries_open", "subscriber_id", unique=True, **_UNDER_WAY),
    Index("ix_deliveries_ready", "not_before", "id", **_UNDER_WAY),
    Index("ix_deliveries_issue", "digest", "period", "id"),
    Index("ix_deliveries_owner", "owner", **_where("state IN ('claimed', 'attempted')")),
)

# Rows are put back in the order in which they name each other, also into schemas that make sure of it.
deliveries.add_is_dependent_on(subscribers)
deliveries.add_is_dependent_on(contents)

returns = Table(  # what came back of mail to readers, in each way once for each delivery
    "returns",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subscriber_id", ForeignKey("subscribers.id"), nullable=False, index=True),
    Column("delivery_id", ForeignKey("deliveries.id")),
    Column("at", Moment, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("suppressed", Boolean, nullable=False),  # the address was, for this
    UniqueConstraint("delivery_id", "kind"),
)

holds = Table(  # what a person has stopped: a digest, or with no name everything
    "holds",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("since", Moment, nullable=False),
    Column("reason", Text, nullable=False),
)

notes = Table(  # the author's own words above an issue
    "notes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("markdown", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("created", Moment, nullable=False),
    Column("period", Text),  # the first that was planned since; null while it waits for one
    Index("ix_notes_digest", "digest", "period"),
)

approvals = Table(  # issues that go out when a person has said yes
    "approvals",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("up_to", BigInteger, nullable=False),  # for all its readers, whenever they are due
    Column("asked", Moment, nullable=False),
    Column("approved", Moment),
)

# ── Issues on the web ────────────────────────────────────────────────────────────────────────────

editions = Table(  # what a digest selects between two cutoffs, for the public
    "editions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("up_to", BigInteger, nullable=False),  # the newest arrival at its cutoff
    Column("closed", Moment, nullable=False),
    UniqueConstraint("digest", "period"),
)

edition_items = Table(  # kept, since items are given new numbers
    "edition_items",
    metadata,
    Column("edition_id", ForeignKey("editions.id"), primary_key=True),
    Column("item_id", ForeignKey("items.id"), primary_key=True),
    Index("ix_edition_items_item_id", "item_id"),
)

# ── The site itself ──────────────────────────────────────────────────────────────────────────────

members = Table(  # the processes that work for this site
    "members",
    metadata,
    Column("id", Text, primary_key=True),  # its name on what it claims
    Column("machine", Text, nullable=False),
    Column("process", Integer, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("version", Text, nullable=False),
    Column("began", Moment, nullable=False),
    Column("beats", Double, nullable=False),  # each so many seconds it tells that it lives
    Column("seen", Double, nullable=False),  # when it did, by the database's clock, in seconds since 1970
    Column("ahead", Double),  # by so many seconds its own clock was ahead then
    Column("revision", Text, nullable=False, server_default=""),  # the newest step that its program knows
    Column("engine", Text, nullable=False, server_default=""),  # the newest of the engine's
    Column("setup", Text, nullable=False, server_default=""),  # a digest of its settings and templates
)

runs = Table(  # each slot of a job is run once: the row is written in the transaction of its effects
    "runs",
    metadata,
    Column("job", Text, primary_key=True),
    Column("slot", Text, primary_key=True),
    Column("claimed", Moment, nullable=False),
)

keys = Table(  # secrets that sign links; the newest signs, all verify
    "keys",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("secret", LargeBinary, nullable=False),
    Column("created", Moment, nullable=False),
)

facts = Table(  # what the site remembers of itself
    "facts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

CARRIED = tuple(table for table in metadata.sorted_tables if table is not members)
"""What goes along with a site to another database, none before one that it names: all but who works for it here."""
