"""A DNS server of the tests' own on the loopback: it knows some names, fails for some, and is silent for others."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

_LARGEST = 512
"""What an answer by UDP may have; a longer one is asked for by TCP."""


@dataclass(slots=True)
class NameServer:
    """What it knows: `records` by (name, type), as in a zone file. `failing` and `silent` are names."""

    records: dict[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    asked: list[tuple[str, str]] = field(default_factory=list)
    port: int = 0

    @property
    def address(self) -> str:
        """The address as a setting."""
        return f"127.0.0.1:{self.port}"

    def text(self, name: str, *texts: str) -> None:
        """Let a name have these texts, cut as they must be."""
        cut = [[text[start : start + 255] for start in range(0, len(text), 255)] for text in texts]
        self.records[name, "TXT"] = [" ".join(f'"{part}"' for part in parts) for parts in cut]

    def answer(self, wire: bytes) -> bytes | None:
        """Return what is answered to a question, None for nothing."""
        question = dns.message.from_wire(wire)
        name = question.question[0].name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.question[0].rdtype)
        self.asked.append((name, kind))
        if name in self.silent:
            return None
        reply = dns.message.make_response(question, recursion_available=True)
        found = self.records.get((name, kind), [])
        if name in self.failing:
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif found:
            whole = question.question[0].name
            reply.answer.append(
                dns.rrset.from_text_list(whole, 300, dns.rdataclass.IN, question.question[0].rdtype, found)
            )
        elif not any(known == name for known, _ in self.records):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply.to_wire()


@contextmanager
def a_name_server() -> Iterator[NameServer]:
    """Run a server, by UDP and by TCP."""
    server = NameServer()
    ended = threading.Event()
    packets, streams = _sockets()
    server.port = packets.getsockname()[1]
    with packets, streams:
        crew = [
            threading.Thread(target=_by_packet, args=(server, packets, ended)),
            threading.Thread(target=_by_stream, args=(server, streams, ended)),
        ]
        for each in crew:
            each.start()
        try:
            yield server
        finally:
            ended.set()
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"", ("127.0.0.1", server.port))
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", server.port)).close()
            for each in crew:
                each.join()


def _sockets() -> tuple[socket.socket, socket.socket]:
    """Open a port for both: one that is free for packets may be taken for streams."""
    while True:
        packets = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        packets.bind(("127.0.0.1", 0))
        try:
            return packets, socket.create_server(packets.getsockname())
        except OSError:
            packets.close()


def _by_packet(server: NameServer, packets: socket.socket, ended: threading.Event) -> None:
    while not ended.is_set():
        wire, client = packets.recvfrom(4096)
        if not wire:
            continue
        reply = server.answer(wire)
        if reply and len(reply) > _LARGEST:
            cut = dns.message.make_response(dns.message.from_wire(wire))
            cut.flags |= dns.flags.TC
            reply = cut.to_wire()
        if reply:
            packets.sendto(reply, client)


def _by_stream(server: NameServer, streams: socket.socket, ended: threading.Event) -> None:
    while not ended.is_set():
        connection, _ = streams.accept()
        with connection, connection.makefile("rb") as incoming:
            length = int.from_bytes(incoming.read(2))
            reply = server.answer(incoming.read(length)) if length else None
            if reply:
                connection.sendall(len(reply).to_bytes(2) + reply)
