#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a command stand-in sees of its caller."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zimsim.server import Server


class CallerGone(Exception):
    """The caller was killed or interrupted; a command that waits ends with it, what it started goes on."""


class Stdin:
    """The caller's standard input, fetched only when a command reads it."""

    def __init__(self, fetch: Callable[[], bytes]) -> None:
        self._fetch = fetch
        self._rest = b""
        self._ended = False

    def read(self) -> bytes:
        """Everything up to the end."""
        while not self._ended:
            self._more()
        rest, self._rest = self._rest, b""
        return rest

    def readline(self) -> bytes:
        """One line with its newline; the last may lack it; empty at the end."""
        while b"\n" not in self._rest and not self._ended:
            self._more()
        line, newline, self._rest = self._rest.partition(b"\n")
        return line + newline

    def _more(self) -> None:
        chunk = self._fetch()
        self._rest += chunk
        self._ended = not chunk


@dataclass(slots=True, eq=False)
class CommandContext:
    """``argv`` without the program's name, ``cwd`` and ``environ`` (TERM, LANG, COLUMNS ...) of the caller.

    ``uid`` is the caller's, as the kernel says it. ``closed`` is set when the caller goes away.
    """

    server: Server
    prog: str
    argv: list[str]
    cwd: str
    environ: Mapping[str, str]
    uid: int
    stdin: Stdin
    send: Callable[[bytes, bytes], None]
    closed: threading.Event = field(default_factory=threading.Event)

    def out(self, text: str) -> None:
        """To the caller's standard output, at once. CallerGone when there is nobody any more."""
        self._write(b"o", text)

    def err(self, text: str) -> None:
        self._write(b"e", text)

    def _write(self, kind: bytes, text: str) -> None:
        if self.closed.is_set():
            raise CallerGone
        if text:
            self.send(kind, text.encode("utf-8", "surrogateescape"))

    def wait(self, seconds: float) -> None:
        """Sleeps; CallerGone as soon as the caller goes away."""
        if self.closed.wait(seconds):
            raise CallerGone

    def journal(self, action: str, target: str, **details: object) -> None:
        self.server.journal.record("command", self.prog, action, target, **details)
