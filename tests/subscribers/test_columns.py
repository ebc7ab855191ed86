"""What columns are taken for: by ready maps, by plain names, and as a person says."""

import pytest

from feeder.errors import ConfigurationError
from feeder.subscribers import columns, maps, own
from feeder.subscribers.columns import Layout


def told(names: list[str], service: str = "", chosen: dict[str, str] | None = None) -> dict[str, str]:
    """Return for each field the name of its column."""
    found = columns.layout("list", names, service, chosen or {})
    return {field: found.name(field) for field in found.places}


@pytest.mark.parametrize(
    ("service", "names", "expected"),
    [
        (
            "mailchimp",
            ["Email Address", "First Name", "OPTIN_TIME", "OPTIN_IP", "CONFIRM_TIME", "TIMEZONE", "UNSUB_TIME", "UNSUB_REASON", "TAGS"],
            {
                "address": "Email Address", "confirmed": "CONFIRM_TIME", "asked": "OPTIN_TIME", "left": "UNSUB_TIME",
                "why": "UNSUB_REASON", "tags": "TAGS", "zone": "TIMEZONE",
            },
        ),
        (
            "mailchimp",
            ["Email Address", "CONFIRM_TIME", "CLEAN_TIME"],
            {"address": "Email Address", "confirmed": "CONFIRM_TIME", "bounced": "CLEAN_TIME"},
        ),
        (
            "substack",
            ["email", "active_subscription", "expiry", "plan", "email_disabled", "created_at", "first_payment_at"],
            {"address": "email", "confirmed": "created_at", "left": "email_disabled"},
        ),
        ("substack", ["Email", "Name", "Subscription date"], {"address": "Email", "confirmed": "Subscription date"}),
        (
            "ghost",
            ["id", "email", "name", "note", "subscribed_to_emails", "complimentary_plan", "created_at", "deleted_at", "labels", "tiers"],
            {"address": "email", "confirmed": "created_at", "subscribed": "subscribed_to_emails", "left": "deleted_at", "tags": "labels"},
        ),
        (
            "listmonk",
            ["uuid", "email", "name", "attributes", "status", "created_at", "updated_at"],
            {"address": "email", "confirmed": "created_at", "status": "status"},
        ),
        (
            "buttondown",
            ["email_address", "notes", "tags", "creation_date", "type", "unsubscription_date"],
            {"address": "email_address", "confirmed": "creation_date", "status": "type", "left": "unsubscription_date", "tags": "tags"},
        ),
        (
            "wordpress",
            ["email_address", "date_subscribed", "subscription_status"],
            {"address": "email_address", "confirmed": "date_subscribed", "status": "subscription_status"},
        ),
    ],
)  # fmt: skip
def test_ready_maps_know_the_exports_of_services(
    service: str, names: list[str], expected: dict[str, str]
) -> None:
    assert told(names, service) == expected


@pytest.mark.parametrize("name", ["email", "E-Mail", "Email Address", "e_mail_address", "MAIL", "user_email"])
def test_an_address_is_known_by_plain_names(name: str) -> None:
    assert told(["name", name]) == {"address": name}


def test_a_column_called_address_is_one_if_no_other_can_be() -> None:
    assert told(["name", "Address"]) == {"address": "Address"}
    assert told(["address", "city", "email"]) == {"address": "email"}


def test_other_fields_are_known_by_plain_names_and_the_rest_means_nothing() -> None:
    names = [
        "E-mail",
        "Name",
        "Confirmed at",
        "Created_at",
        "Opt-In IP",
        "Tags",
        "Status",
        "Unsubscribed",
        "Time zone",
        "",
    ]
    found = columns.layout("list", names, "", {})
    assert {field: found.name(field) for field in found.places} == {
        "address": "E-mail", "confirmed": "Confirmed at", "created": "Created_at", "tags": "Tags", "status": "Status",
        "left": "Unsubscribed", "zone": "Time zone",
    }  # fmt: skip
    assert found.unused() == ["Name", "Opt-In IP"]


def test_when_a_row_was_made_is_no_consent_unless_a_person_says_so() -> None:
    assert "confirmed" not in told(["email", "created_at"])
    assert told(["email", "created_at"], "", {"confirmed": "created_at"})["confirmed"] == "created_at"


def test_a_person_has_the_last_word() -> None:
    assert told(["email", "Work"], "ghost", {"address": "work", "tags": "email"}) == {
        "address": "Work",
        "tags": "email",
    }


@pytest.mark.parametrize(
    ("names", "service", "chosen", "rule"),
    [
        (["name", "phone"], "", {}, "list: has no column that is known to hold addresses (name, phone); say --map address=COLUMN"),
        (["Email", "E-mail"], "", {}, "list: has several columns for the address: 'Email' and 'E-mail'; say --map address=COLUMN"),
        (["email", "mail"], "", {}, "several columns for the address: 'email' and 'mail'"),
        (["Email", "email"], "ghost", {}, "several columns for the address"),
        (["email", "tags", "TAGS"], "", {}, "several columns for the tags"),
        (["email"], "", {"address": "mail"}, "--map address=mail: names a column that is not there; columns are email"),
        (["Email", "e-mail"], "", {"address": "EMAIL"}, "a column that is there several times"),
        (["email"], "", {"shoe": "email"}, "--map shoe=email: names no field; fields are address, confirmed"),
        (["email"], "", {"digest": "email"}, "names no field"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_apart_is_asked_back(
    names: list[str], service: str, chosen: dict[str, str], rule: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        columns.layout("list", names, service, chosen)
    assert rule in str(raised.value)


def test_a_service_may_have_two_columns_and_the_better_one_counts() -> None:
    assert told(["email", "email_address"], "buttondown")["address"] == "email_address"
    assert (
        told(["CONFIRM_TIME", "timestamp_opt", "email_address"], "mailchimp")["confirmed"] == "CONFIRM_TIME"
    )


def test_the_exact_name_of_two_that_are_alike_can_be_chosen() -> None:
    assert told(["Email", "email"], "", {"address": "email"})["address"] == "email"


def test_a_list_that_feeder_wrote_is_known_by_its_heading() -> None:
    assert columns.layout("list", own.COLUMNS, "", {}).is_own
    assert columns.layout("list", [*reversed(own.COLUMNS), "more"], "", {}).is_own
    assert not columns.layout("list", ["address", "email", *own.COLUMNS[2:]], "", {}).is_own


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("", []),
        ("a", ["a"]),
        ("a, b,,c ", ["a", "b", "c"]),
        ("a; b,c", ["a; b", "c"]),
        ("a; b", ["a", "b"]),
        ('"Law, Order","News"', ["Law, Order", "News"]),
        ('"News"', ["News"]),
        ('say "x", y', ['say "x"', "y"]),
        ("Law, Order\n", ["Law, Order"]),
        ("a\nb, c\n", ["a", "b, c"]),
        ("a\r\nb", ["a", "b"]),
        ("a\rb", ["a", "b"]),
        ('"', []),
    ],
)
def test_a_cell_may_hold_several(cell: str, parts: list[str]) -> None:
    assert columns.parts(cell) == parts


def test_every_word_for_a_status_is_written_as_it_is_compared() -> None:
    assert all(columns.key(word) == word for word in maps.STANDINGS)


def test_names_that_mean_something_are_known_in_every_spelling() -> None:
    assert columns.may_mean_something("Unsub-Time")
    assert not columns.may_mean_something("shoe size")


def test_a_layout_finds_cells() -> None:
    found = Layout(("a", "b"), {"address": 1}, maps.PLAIN)
    assert (found.cell("address", ["x", "y"]), found.cell("tags", ["x", "y"]), found.name("tags")) == (
        "y",
        "",
        "",
    )


def test_names_of_columns_give_no_orders_to_a_terminal() -> None:
    assert columns.listed(["a", "\x1b[2Jb", "ü"]) == "a, �[2Jb, ü"
