"""A file that is too large to be kept, sent in pieces."""

import asyncio
import os

from starlette.types import Message, Send

from feeder.web import forms, looks
from feeder.web.answers import NO_BODY
from feeder.web.forms import File

_PIECE_BYTES = 2**18


async def sent(start: Message, file: File, send: Send) -> bool:
    """Send an answer with a file; False, and nothing is sent, when it is no longer in that version."""
    try:
        opened = forms.open_file(file.place)
    except OSError:
        return False
    with opened:
        if looks.version(os.fstat(opened.fileno())) != file.version:
            return False
        await send(start)
        while piece := await asyncio.to_thread(opened.read, _PIECE_BYTES):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send(NO_BODY)
    return True
