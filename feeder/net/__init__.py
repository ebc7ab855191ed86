"""The one HTTP client.

    client       Client.get: one request of a caller, with all that the web may do to it;
                 Client.post: something goes to an address, once;
                 Client.look: where an address leads, without its content
    errands      where a request stands: its way through redirects, and what it may tell whom
    asking       asking once, and what the answer means
    wire         connections: addresses checked and pinned, no deadline overrun
    resolving    names into addresses;  deadlines: when a request must be over
    addresses    which addresses feeder may ask                                         (pure)
    bodies       bodies within their limit, also while they are inflated
    turns        one request at a time to a host, or as many as it has agreed to
    retries      when to ask again                                                      (pure)
    answers      what came back
    dns          records of the DNS, for whoever looks a site over
    failures     what did not, and why;  troubles: the same for what breaks on the wire

httpx and its engine httpcore are imported at the first request, so that commands which ask nobody
start without them.
"""

from feeder.net.addresses import check
from feeder.net.answers import Answer, Look
from feeder.net.client import Client, Limits
from feeder.net.failures import NoSuchHost, RequestFailed

__all__ = ["Answer", "Client", "Limits", "Look", "NoSuchHost", "RequestFailed", "check"]
