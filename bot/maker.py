"""The process that makes one large draw: takes what decides it from its parent, says how far it is, gives it back."""

import os
import time
from multiprocessing.connection import Connection

from models.making import Making

EVERY = 1.0
"""Seconds between two words on how far it is."""


def make(parent: Connection) -> None:
    """What runs in the process. Sends an int (per cent) now and then, and the draw or the exception at the end."""
    if hasattr(os, "nice"):
        # The chat comes first where there are few processors.
        os.nice(10)
    given: Making = parent.recv()
    told = time.monotonic()

    def seen(done: int, of: int) -> None:
        nonlocal told
        if time.monotonic() - told >= EVERY:
            told = time.monotonic()
            parent.send(100 * done // of)

    try:
        parent.send(given.made(seen))
    except ValueError as error:
        parent.send(error)
