# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Backup module's own memory: operations, notifications, properties, services (HOME/.zimsim/backup.db)."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from zimsim.backup.records import Operation

SCHEMA = """
CREATE TABLE IF NOT EXISTS operation (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, module TEXT NOT NULL,
    state TEXT NOT NULL, outcome TEXT, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS notification (id INTEGER PRIMARY KEY AUTOINCREMENT, operation TEXT, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS property (scope TEXT, name TEXT, value TEXT NOT NULL, PRIMARY KEY (scope, name));
CREATE TABLE IF NOT EXISTS service (module TEXT, name TEXT, running INTEGER NOT NULL, PRIMARY KEY (module, name));
"""


class Database:
    """Thread-safe: one connection behind one lock, every write committed before the call returns."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(SCHEMA)

    def close(self) -> None:
        """Give the file back; the object is of no use afterwards."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _locked(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            yield self._connection

    # operations

    def save_operation(self, operation: Operation) -> None:
        """Write the operation as it is now, new or known."""
        with self._locked() as connection:
            connection.execute(
                "INSERT INTO operation (id, module, state, outcome, body) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET state = excluded.state, outcome = excluded.outcome,"
                " body = excluded.body",
                (
                    operation.id,
                    operation.module,
                    operation.state.value,
                    operation.outcome.value if operation.outcome else None,
                    operation.to_json(),
                ),
            )

    def forget_operation(self, operation_id: str) -> None:
        """Drop every trace of an operation (one that was still queued when the server died)."""
        with self._locked() as connection:
            connection.execute("DELETE FROM operation WHERE id = ?", (operation_id,))

    def operations(self, module: str | None = None, state: str | None = None) -> list[Operation]:
        """Operations in the order they were queued."""
        clauses, values = ["1 = 1"], []
        if module is not None:
            clauses.append("module = ?")
            values.append(module)
        if state is not None:
            clauses.append("state = ?")
            values.append(state)
        with self._locked() as connection:
            rows = connection.execute(
                f"SELECT body FROM operation WHERE {' AND '.join(clauses)} ORDER BY seq", values
            ).fetchall()
        return [Operation.from_json(row[0]) for row in rows]

    def operation(self, operation_id: str) -> Operation | None:
        """The operation with this id, in any state."""
        with self._locked() as connection:
            row = connection.execute("SELECT body FROM operation WHERE id = ?", (operation_id,)).fetchone()
        return Operation.from_json(row[0]) if row else None

    # notifications

    def add_notification(self, operation_id: str, body: dict[str, Any]) -> int:
        """Keep a notification and return its number."""
        with self._locked() as connection:
            cursor = connection.execute(
                "INSERT INTO notification (operation, body) VALUES (?, ?)",
                (operation_id, json.dumps(body, ensure_ascii=False)),
            )
        return int(cursor.lastrowid or 0)

    def notifications(self, operation_id: str | None = None) -> list[dict[str, Any]]:
        """Notifications as they came, each with its number as `id`."""
        query, values = "SELECT id, body FROM notification", []
        if operation_id is not None:
            query, values = f"{query} WHERE operation = ?", [operation_id]
        with self._locked() as connection:
            rows = connection.execute(f"{query} ORDER BY id", values).fetchall()
        return [{"id": row[0], **json.loads(row[1])} for row in rows]

    # properties and services

    def property(self, scope: str, name: str) -> str | None:
        """A value that was set, None where the default stands; names are case-insensitive."""
        with self._locked() as connection:
            row = connection.execute(
                "SELECT value FROM property WHERE scope = ? AND name = ?", (scope, name.lower())
            ).fetchone()
        return str(row[0]) if row else None

    def set_property(self, scope: str, name: str, value: str | None) -> None:
        """Set a value, or with None go back to the default."""
        with self._locked() as connection:
            if value is None:
                connection.execute("DELETE FROM property WHERE scope = ? AND name = ?", (scope, name.lower()))
            else:
                connection.execute("INSERT OR REPLACE INTO property VALUES (?, ?, ?)", (scope, name.lower(), value))

    def service_running(self, module: str, name: str) -> bool | None:
        """What was last asked of a service, None if nothing was."""
        with self._locked() as connection:
            row = connection.execute(
                "SELECT running FROM service WHERE module = ? AND name = ?", (module, name)
            ).fetchone()
        return bool(row[0]) if row else None

    def set_service_running(self, module: str, name: str, running: bool) -> None:
        """Remember that a service was started or stopped."""
        with self._locked() as connection:
            connection.execute("INSERT OR REPLACE INTO service VALUES (?, ?, ?)", (module, name, int(running)))
