"""Work on a large register: in a process of its own, with its own connection to the store."""

import multiprocessing
import os
from collections.abc import Callable, Generator
from dataclasses import fields
from multiprocessing.connection import Connection
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from models import tables as tables
from models.act import Act
from models.base import KEYRING, open_store, reading
from models.people import Person

_FRESH = multiprocessing.get_context("spawn")
_EVERY = 1.0
"""Seconds between two words that it still goes on."""


def run(engine: Engine, work: Callable[..., Any], act: Act, *args: Any) -> Any:
    """What `work(act, …)` returns, or raises; all but the last of `args` go there, the last is called meanwhile.

    The act is in a transaction that only reads. A thread would hold the interpreter's lock in the middle of what
    everybody else waits for. `work` is a function of a module, its arguments and its result can be pickled. Where it
    yields, the last of `args` is called with what it yielded, otherwise about once a second with None; what that raises
    ends the work. Called in a thread.
    """
    *given, tick = args
    ours, theirs = _FRESH.Pipe()
    process = _FRESH.Process(target=_work, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    try:
        ours.send((engine.url, KEYRING, work, _packed(act), given))
        done, fault, result = False, None, None
        while not done:
            if ours.poll(_EVERY):
                done, fault, result = ours.recv()
            if not done:
                tick(result)
                result = None
    finally:
        process.kill()
        ours.close()
        process.join()
    if fault is not None:
        raise fault
    return result


def _packed(act: Act) -> dict[str, Any]:
    """An act without its transaction and with its people by number."""
    found = {each.name: getattr(act, each.name) for each in fields(act) if each.name != "session"}
    return found | {name: found[name] and found[name].id for name in ("actor", "behalf")}


def _unpacked(session: Session, packed: dict[str, Any]) -> Act:
    people = {name: packed[name] and session.get(Person, packed[name]) for name in ("actor", "behalf")}
    return Act(session=session, **(packed | people))


def _work(parent: Connection) -> None:
    """What runs in the process: sends whether it is done, the exception or None, and the result or what was yielded."""
    if hasattr(os, "nice"):
        # The chat comes first where there are few processors.
        os.nice(10)
    url, keyring, work, packed, given = parent.recv()
    KEYRING.take(keyring)
    engine = open_store(url.render_as_string(hide_password=False))
    try:
        with reading(engine) as session:
            result = work(_unpacked(session, packed), *given)
            if isinstance(result, Generator):
                result = _all_of(result, parent)
            parent.send((True, None, result))
    except BrokenPipeError:
        pass  # the parent is gone: nobody waits for an answer
    except Exception as error:
        parent.send((True, error, None))


def _all_of(work: Generator[Any, None, Any], parent: Connection) -> Any:
    """Send on what work yields; returns what it returns. Where the parent is gone the pipe breaks and ends it."""
    while True:
        try:
            parent.send((False, None, next(work)))
        except StopIteration as end:
            return end.value
