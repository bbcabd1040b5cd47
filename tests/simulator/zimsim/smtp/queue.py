#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The queue on disk. ``spool/messages/ID`` holds the bytes, ``spool/<state>/ID`` the envelope as JSON.

Nothing is accepted before both are on disk; states change by renaming the envelope, contents by replacing it, so a
killed server finds after its start exactly what it had accepted. One process writes; others may use ``read_spool``.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from pathlib import Path

from zimsim.smtp.envelope import ACTIVE, CORRUPT, DEFERRED, HOLD, INCOMING, STATES, QueueEntry, Recipient

_MESSAGES = "messages"
Clock = Callable[[], float]


def _durable(path: Path, data: bytes) -> None:
    """Write a new file beside its place, flush it, rename it: it is there as a whole or not at all."""
    partial = path.with_name(f".{path.name}.part")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.rename(partial, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_spool(root: Path) -> Iterator[QueueEntry]:
    """The entries of a queue directory, by state and id, without changing anything; damaged ones are left out."""
    for state in STATES:
        folder = root / state
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if not path.name.startswith("."):
                try:
                    yield QueueEntry.from_json(path.read_text(encoding="utf-8"), state)
                except (OSError, ValueError, KeyError, TypeError):
                    continue


class MailQueue:
    """Thread-safe. ``changed`` is called, outside the lock, whenever something may have become due."""

    def __init__(self, root: Path, clock: Clock = time.time) -> None:
        self.root = root
        self._clock = clock
        self._lock = threading.RLock()
        self._entries: dict[str, QueueEntry] = {}
        self.changed: Callable[[], None] = lambda: None
        for name in (*STATES, _MESSAGES):
            (root / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        self._recover()

    def _recover(self) -> None:
        """After a start: what was being delivered goes back to incoming, half-written files go away."""
        for leftover in self.root.glob("*/.*.part"):
            leftover.unlink()
        for state in STATES:
            for path in (self.root / state).iterdir():
                try:
                    entry = QueueEntry.from_json(path.read_text(encoding="utf-8"), state)
                except (ValueError, KeyError, TypeError):
                    path.rename(self.root / CORRUPT / path.name)
                    continue
                self._entries[entry.id] = entry
                if state == ACTIVE:
                    self._move(entry, INCOMING)
        for path in (self.root / _MESSAGES).iterdir():
            if path.name not in self._entries:
                path.unlink()

    def _path(self, entry: QueueEntry) -> Path:
        return self.root / entry.state / entry.id

    def _move(self, entry: QueueEntry, state: str) -> None:
        if entry.state != state:
            os.rename(self._path(entry), self.root / state / entry.id)
            entry.state = state

    def _save(self, entry: QueueEntry) -> None:
        _durable(self._path(entry), entry.to_json().encode())

    # -- coming in -------------------------------------------------------------------------------------------

    def new_id(self) -> str:
        """An id that no message of this queue has had before: the time, then chance, as upper-case hexadecimal."""
        return f"{time.time_ns() // 1000:X}{secrets.randbelow(1 << 12):03X}"[-14:]

    def accept(
        self,
        sender: str,
        recipients: list[Recipient],
        raw: bytes,
        *,
        queue_id: str | None = None,
        client_name: str = "localhost",
        client_address: str = "127.0.0.1",
    ) -> QueueEntry:
        """Returns when the message is on disk; from then on it is delivered, bounced, or still here."""
        entry = QueueEntry(
            id=queue_id or self.new_id(),
            sender=sender,
            recipients=recipients,
            arrived=self._clock(),
            size=len(raw),
            client_name=client_name,
            client_address=client_address,
        )
        _durable(self.root / _MESSAGES / entry.id, raw)
        with self._lock:
            self._save(entry)
            self._entries[entry.id] = entry
        self.changed()
        return deepcopy(entry)

    # -- reading ---------------------------------------------------------------------------------------------

    def counts(self) -> dict[str, int]:
        """Messages in each state."""
        with self._lock:
            result = dict.fromkeys(STATES, 0)
            for entry in self._entries.values():
                result[entry.state] += 1
            return result

    def entries(self, state: str | None = None) -> list[QueueEntry]:
        """Copies, oldest first."""
        with self._lock:
            found = [deepcopy(each) for each in self._entries.values() if state is None or each.state == state]
        return sorted(found, key=lambda each: (each.arrived, each.id))

    def raw(self, queue_id: str) -> bytes:
        """The bytes of a message; FileNotFoundError when it has left the queue."""
        return (self.root / _MESSAGES / queue_id).read_bytes()

    # -- the queue manager's side ----------------------------------------------------------------------------

    def due(self) -> list[str]:
        """Ids to be delivered now, oldest first: all of incoming, and of deferred what has waited long enough."""
        now = self._clock()
        with self._lock:
            chosen = [
                (each.arrived, each.id)
                for each in self._entries.values()
                if each.state == INCOMING or (each.state == DEFERRED and each.next_attempt <= now)
            ]
        return [queue_id for _, queue_id in sorted(chosen)]

    def next_time(self) -> float | None:
        """When the earliest deferred message becomes due (seconds since 1970), None without one."""
        with self._lock:
            times = [each.next_attempt for each in self._entries.values() if each.state == DEFERRED]
        return min(times, default=None)

    def activate(self, queue_id: str) -> QueueEntry | None:
        """Take a message for delivery; None when it was held, deleted or taken meanwhile."""
        with self._lock:
            entry = self._entries.get(queue_id)
            if entry is None or entry.state not in (INCOMING, DEFERRED):
                return None
            self._move(entry, ACTIVE)
            return deepcopy(entry)

    def record(self, queue_id: str, remaining: list[Recipient]) -> None:
        """Some recipients are done: those left are ``remaining``; durable when it returns."""
        with self._lock:
            entry = self._entries.get(queue_id)
            if entry is None:
                return
            entry.recipients = deepcopy(remaining)
            if remaining:
                self._save(entry)
            else:
                self._remove(entry)

    def defer(self, queue_id: str, remaining: list[Recipient], next_attempt: float) -> None:
        """Put an active message back to wait; one that was put on hold meanwhile stays there."""
        with self._lock:
            entry = self._entries.get(queue_id)
            if entry is None:
                return
            entry.recipients = deepcopy(remaining)
            entry.attempts += 1
            entry.next_attempt = next_attempt
            self._save(entry)
            if entry.state == ACTIVE:
                self._move(entry, DEFERRED)
        self.changed()

    def _remove(self, entry: QueueEntry) -> None:
        self._path(entry).unlink(missing_ok=True)
        (self.root / _MESSAGES / entry.id).unlink(missing_ok=True)
        self._entries.pop(entry.id, None)

    # -- what an administrator can do ------------------------------------------------------------------------

    def _chosen(self, ids: Iterable[str] | None, state: str | None, allowed: tuple[str, ...]) -> list[QueueEntry]:
        """Messages by id (None: all) in one state (None: any) of those the action applies to."""
        wanted = None if ids is None else set(ids)
        states = allowed if state is None else tuple({state} & set(allowed))
        return [
            each for each in self._entries.values() if each.state in states and (wanted is None or each.id in wanted)
        ]

    def hold(self, ids: Iterable[str] | None = None, state: str | None = None) -> int:
        """Keep messages from being delivered until they are released; how many there were."""
        with self._lock:
            chosen = self._chosen(ids, state, (INCOMING, ACTIVE, DEFERRED))
            for entry in chosen:
                self._move(entry, HOLD)
        return len(chosen)

    def release(self, ids: Iterable[str] | None = None, state: str | None = None) -> int:
        """Back from hold; due at once."""
        with self._lock:
            chosen = self._chosen(ids, state, (HOLD,))
            for entry in chosen:
                entry.next_attempt = 0.0
                self._save(entry)
                self._move(entry, DEFERRED)
        self.changed()
        return len(chosen)

    def requeue(self, ids: Iterable[str] | None = None, state: str | None = None) -> int:
        """As if they had just come in: transports are looked up anew for the addresses that still wait."""
        with self._lock:
            chosen = self._chosen(ids, state, (INCOMING, DEFERRED, HOLD))
            for entry in chosen:
                entry.recipients = [Recipient(each.original, each.address) for each in entry.recipients]
                entry.next_attempt = 0.0
                self._save(entry)
                self._move(entry, INCOMING)
        self.changed()
        return len(chosen)

    def delete(self, ids: Iterable[str] | None = None, state: str | None = None) -> int:
        """Throw messages away, nobody is told."""
        with self._lock:
            chosen = self._chosen(ids, state, STATES)
            for entry in chosen:
                self._remove(entry)
        return len(chosen)

    def flush(self) -> int:
        """Try all deferred messages now; how many there were."""
        with self._lock:
            chosen = self._chosen(None, None, (DEFERRED,))
            for entry in chosen:
                entry.next_attempt = 0.0
        self.changed()
        return len(chosen)
