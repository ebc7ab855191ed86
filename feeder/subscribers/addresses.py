"""Addresses: checked before anybody is written down."""

from feeder.errors import ConfigurationError


def checked(address: str) -> str:
    """Return an address in the form in which it is mailed: NFC, the domain as ASCII.

    A mailbox on this machine, `name@localhost`, is an address too. Nothing is asked of the network.
    Raises: ConfigurationError.
    """
    # It takes a while to import, and only adding a reader needs it.
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415

    # The library takes the addresses of the world only.
    local = address.endswith("@localhost")
    try:
        found = validate_email(
            f"{address}.example" if local else address,
            check_deliverability=False,
            strict=True,
            allow_smtputf8=False,
            globally_deliverable=False,
        )
    except EmailNotValidError as error:
        raise ConfigurationError(
            f"address {address!r}", f"cannot be mailed ({error})", "write it as name@example.org"
        ) from error
    return f"{found.local_part}@{'localhost' if local else found.ascii_domain}"
