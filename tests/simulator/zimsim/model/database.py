#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One SQLite database, many threads: one writer at a time, readers beside it (WAL).

Other processes may open the same file: SQLite's own lock orders the writers, so nothing that another process could
change is cached above this module.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from zimsim.model.schema import SCHEMA

Row = sqlite3.Row
_BUSY_MS = 60_000


class Database:
    def __init__(self, path: Path, *, create: bool = False) -> None:
        if not create and not path.exists():
            raise FileNotFoundError(path)
        self._path = path
        self._lock = threading.RLock()
        self._owner: int | None = None
        self._depth = 0
        self._readers = threading.local()
        self._open: list[sqlite3.Connection] = []
        self._writer = self._connect()
        if create:
            self._writer.executescript(SCHEMA)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, timeout=_BUSY_MS / 1000)
        connection.row_factory = sqlite3.Row
        # A killed process loses nothing without fsync; only a power cut would, and a simulator may lose that.
        connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON;")
        self._open.append(connection)
        return connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction; nested calls of the same thread join the outer one. Rolled back on any exception."""
        with self._lock:
            outermost = self._depth == 0
            if outermost:
                self._writer.execute("BEGIN IMMEDIATE")
                self._owner = threading.get_ident()
            self._depth += 1
            try:
                yield self._writer
            except BaseException:
                self._depth -= 1
                if outermost:
                    self._owner = None
                    self._writer.execute("ROLLBACK")
                raise
            self._depth -= 1
            if outermost:
                self._owner = None
                self._writer.execute("COMMIT")

    def _reader(self) -> sqlite3.Connection:
        if self._owner == threading.get_ident():
            return self._writer
        connection: sqlite3.Connection | None = getattr(self._readers, "connection", None)
        if connection is None:
            connection = self._connect()
            self._readers.connection = connection
        return connection

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """All rows; sees the own uncommitted writes inside ``write()``."""
        return self._reader().execute(sql, parameters).fetchall()

    def one(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        row: Row | None = self._reader().execute(sql, parameters).fetchone()
        return row

    def stream(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[Row]:
        """Rows one after another, from one snapshot. Finish or close it in the thread that began it."""
        cursor = self._reader().execute(sql, parameters)
        cursor.arraysize = 256
        try:
            while rows := cursor.fetchmany():
                yield from rows
        finally:
            cursor.close()

    def close(self) -> None:
        with self._lock:
            for connection in self._open:
                connection.close()
            self._open.clear()
