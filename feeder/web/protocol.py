"""HTTP/1.1, as uvicorn reads it by httptools, with a limit to what may stand before a body.

httptools gathers fields as long as a client sends some, so that one could fill all memory.
"""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_BYTES = 64 * 1024
"""How large the head of a request may be; a bit more where it comes with other things at once."""


class Bounded(HttpToolsProtocol):
    """Ends a connection on which a head never ends."""

    _in_head = True
    _head_bytes = 0

    def data_received(self, data: bytes) -> None:
        """Take in what a client sends."""
        self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > MOST_BYTES and not self.transport.is_closing():
            self.send_400_response("The head of this request is too large.")

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """End the head of a request."""
        self._in_head = False
        super().on_headers_complete()
