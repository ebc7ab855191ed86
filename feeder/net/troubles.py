"""What goes wrong on the wire, in words."""

import ssl

import httpcore

from feeder.net import addresses
from feeder.net.deadlines import Overdue
from feeder.net.failures import WAIT, NoSuchHost, RequestFailed
from feeder.net.resolving import Unresolved
from feeder.net.wire import Refused

ALL = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
    Overdue,
    Refused,
    Unresolved,
)
"""What `explain` knows."""

_LOOK = "check the address and the network, or wait until it runs again"
_RENEW = "tell whoever runs it, or give an address whose certificate is good"
# Source: X509_V_ERR_* in OpenSSL's x509_vfy.h.
_CERTIFICATES = {
    9: ("is not valid yet", "check the clock of this machine"),
    10: ("has expired", _RENEW),
    18: ("is self-signed", _RENEW),
    19: ("is from an authority that nobody knows", _RENEW),
    20: ("is from an authority that nobody knows, or its chain is not whole", _RENEW),
    62: ("is for another name", "check the name in the address"),
    64: ("is for another address", "give the name instead of the number"),
}


def explain(thing: str, error: Exception) -> RequestFailed:
    """Return what an error of the wire means for a person."""
    match error:
        case Refused():
            return addresses.refusal(thing, error.address, error.standing)
        case Unresolved():
            rule = f"the name “{error.host}” cannot be resolved"
            kind = RequestFailed if error.passing else NoSuchHost
            return kind(thing, rule, "check its spelling, and the network", passing=error.passing)
        case Overdue():
            return RequestFailed(thing, "took too long in all", WAIT)
        case httpcore.TimeoutException():
            return _silent(thing, error)
        case httpcore.NetworkError():
            return _broken(thing, error)
    return RequestFailed(thing, "the answer breaks off, or is no HTTP", WAIT, passing=True)


def _silent(thing: str, error: httpcore.TimeoutException) -> RequestFailed:
    if isinstance(error, httpcore.ConnectTimeout):
        return RequestFailed(thing, "cannot be reached in time", _LOOK, passing=True)
    return RequestFailed(thing, "said nothing for too long", WAIT)


def _broken(thing: str, error: httpcore.NetworkError) -> RequestFailed:
    # httpcore keeps the error that it replaces as its argument.
    match error.args[0] if error.args else None:
        case ssl.SSLCertVerificationError() as refused:
            rule, mend = _CERTIFICATES.get(
                refused.verify_code, (f"cannot be verified ({refused.verify_message})", _RENEW)
            )
            return RequestFailed(thing, f"its certificate {rule}", mend)
        case ssl.SSLError() as broken:
            rule = f"speaks no TLS that we understand ({broken.reason or 'it hangs up'})"
            return RequestFailed(thing, rule, "check whether it is http or https, and the port")
        case ConnectionRefusedError():
            return RequestFailed(thing, "nobody listens there (connection refused)", _LOOK, passing=True)
        case OSError() as unreachable if isinstance(error, httpcore.ConnectError):
            rule = f"cannot be reached ({unreachable.strerror or 'no connection'})"
            return RequestFailed(thing, rule, _LOOK, passing=True)
    return RequestFailed(thing, "the connection broke", WAIT, passing=True)
