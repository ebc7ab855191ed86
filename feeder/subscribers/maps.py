"""Which columns of whose exports hold what: ready maps, and one for files of no known origin. Pure.

A field is what feeder wants to know of a person; each map names the columns that hold it, best first.
Names are compared without case, spaces and marks: “Email Address” is `email_address`.

Sources: Mailchimp's three files of an audience, and its export API; Substack's `email_list` and the
table of its dashboard; Ghost's `members.csv`; listmonk's `cmd/subscribers.go`; Buttondown's API and the
columns of its dashboard; what WordPress.com tells of its subscribers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

FIELDS: Mapping[str, str] = {
    "address": "where mail goes",
    "confirmed": "when they agreed",
    "asked": "when they asked for it",
    "created": "when they came",
    "status": "subscribed, unsubscribed, unconfirmed, bounced or complained",
    "subscribed": "no: they have left",
    "left": "yes, or a time: they have left",
    "bounced": "yes, or a time: mail came back",
    "why": "why they left",
    "tags": "subjects they want",
    "language": "the language of their mail",
    "zone": "their time zone",
}
"""What a column can be taken for, and what that means."""


class Standing(StrEnum):
    """What a list says of one of its people."""

    READER = "reads"
    UNCONFIRMED = "has not confirmed"
    LEFT = "has left"
    BOUNCED = "cannot be reached"
    COMPLAINED = "has complained"
    OUT = "gets no mail"


STANDINGS: Mapping[str, Standing] = {
    word: standing
    for standing, words in {
        Standing.READER: "subscribed subscriber active enabled confirmed regular premium paid free comped trialed"
        " unpaid gifted churning churned paused pastdue emailsubscriber",
        Standing.UNCONFIRMED: "pending unconfirmed unactivated notconfirmed unconfirmedsubscriber",
        # listmonk's blocklist takes all who unsubscribe from everything.
        Standing.LEFT: "unsubscribed left suppressed optedout optout blocklisted blacklisted",
        # WordPress.com sends nothing to those that it blocks, mostly since mail came back.
        Standing.BOUNCED: "bounced cleaned undeliverable blockedsubscriber notsending",
        Standing.COMPLAINED: "complained complaint complainer spam abuse",
        Standing.OUT: "disabled removed deleted spammy blocked archived inactive upcoming nonsubscribed transactional"
        " readersubscriber notsubscribed",
    }.items()
    for word in words.split()
}
"""The words of all these services, as they are compared. A word that is not here lets nobody in."""


@dataclass(frozen=True, slots=True)
class Map:
    """How the exports of one service are read. `consent` says which moment counts as consent, and why."""

    title: str
    columns: Mapping[str, tuple[str, ...]]
    consent: str


MAILCHIMP = Map(
    "Mailchimp",
    {
        "address": ("Email Address", "email_address"),
        "confirmed": ("CONFIRM_TIME", "timestamp_opt"),
        "asked": ("OPTIN_TIME", "timestamp_signup"),
        "status": ("status",),
        "left": ("UNSUB_TIME",),
        "bounced": ("CLEAN_TIME",),
        "why": ("UNSUB_REASON", "unsubscribe_reason"),
        "tags": ("TAGS",),
        "language": ("LANGUAGE",),
        "zone": ("TIMEZONE",),
    },
    "when they confirmed, or when you added them and told Mailchimp that they had agreed",
)

SUBSTACK = Map(
    "Substack",
    {
        "address": ("email",),
        "confirmed": ("created_at", "Subscription date", "start_date"),
        "left": ("email_disabled",),
    },
    "when they signed up; Substack asks for nothing more",
)

GHOST = Map(
    "Ghost",
    {
        "address": ("email",),
        "confirmed": ("created_at",),
        "subscribed": ("subscribed_to_emails", "subscribed"),
        "left": ("deleted_at",),
        "tags": ("labels",),
    },
    "when they became members, by a link in a mail to them",
)

LISTMONK = Map(
    "listmonk",
    {
        "address": ("email",),
        "confirmed": ("created_at",),
        "status": ("status",),
        "tags": ("lists",),
    },
    "when they came; export a list of confirmed subscribers if it asks for a confirmation",
)

BUTTONDOWN = Map(
    "Buttondown",
    {
        "address": ("email_address", "email"),
        "confirmed": ("creation_date", "Subscription date", "created_at"),
        "status": ("type", "subscriber_type", "status"),
        "left": ("unsubscription_date",),
        "bounced": ("undeliverability_date",),
        "tags": ("tags",),
    },
    "when they signed up; those who have not confirmed are told apart by their type",
)

WORDPRESS = Map(
    "WordPress.com",
    {
        "address": ("email_address", "email", "user_email"),
        "confirmed": ("date_subscribed", "Subscription date", "Subscribed since", "since"),
        "status": ("subscription_status", "Email subscription", "status"),
    },
    "when they subscribed; those who have not confirmed are told apart by their status",
)

READY: Mapping[str, Map] = {
    "mailchimp": MAILCHIMP,
    "substack": SUBSTACK,
    "ghost": GHOST,
    "listmonk": LISTMONK,
    "buttondown": BUTTONDOWN,
    "wordpress": WORDPRESS,
}

PLAIN = Map(
    "another list",
    {
        "address": ("email", "email_address", "mail", "mail_address", "subscriber_email", "user_email"),
        "confirmed": (
            "confirmed_at", "confirmed", "confirm_time", "confirmation_time", "confirmation_date", "consent",
            "consent_at", "consent_time", "consent_date", "opt_in", "opt_in_at", "opt_in_time", "opt_in_date",
        ),
        "asked": ("asked_at", "asked", "subscribed_at", "signed_up_at", "signup_date"),
        "created": ("created_at", "created", "creation_date", "date_added", "added"),
        "status": ("status", "state", "subscription_status", "subscriber_type"),
        "subscribed": ("subscribed", "is_subscribed", "subscribed_to_emails"),
        "left": (
            "unsubscribed_at", "unsubscribed", "unsubscribe_date", "unsubscription_date", "unsub_time", "left",
            "left_at", "opted_out", "opt_out", "opt_out_time", "opt_out_date", "email_disabled", "deleted_at",
        ),
        "bounced": ("bounced_at", "bounced", "bounce_date", "clean_time", "undeliverability_date"),
        "why": ("unsub_reason", "unsubscribe_reason"),
        "tags": ("tags", "tag", "labels", "interests", "topics"),
        "language": ("language", "locale", "lang"),
        "zone": ("zone", "time_zone", "tz"),
    },
    "the moment that this column tells",
)  # fmt: skip
"""A moment of consent is one that is called so: when a row was made says nothing about what a person wanted."""
