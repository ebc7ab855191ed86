"""The command of a user on a machine of its own: in a network namespace, under that machine's name."""

import ctypes
import os
import socket
from collections.abc import Sequence

from feeder import cli

_NEW_NETWORK, _NEW_NAME = 0x40000000, 0x04000000
"""CLONE_NEWNET and CLONE_NEWUTS of Linux. Python knows them from 3.12 on."""


def main(words: Sequence[str]) -> int:
    """Move to a machine, whose name comes first, and run a command there."""
    machine, *command = words
    libc = ctypes.CDLL(None, use_errno=True)
    with open(f"/run/netns/{machine}", "rb") as namespace:  # noqa: PTH123 - the kernel's, and no file
        _succeeds(libc.setns(namespace.fileno(), _NEW_NETWORK))
    _succeeds(libc.unshare(_NEW_NAME))
    socket.sethostname(machine)
    return cli.main(command)


def _succeeds(code: int) -> None:
    if code:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
