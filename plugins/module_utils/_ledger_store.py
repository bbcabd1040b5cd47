# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opening the ledger file: permissions, locking, transactions, and check mode without a trace.

Two controllers may write at the same time: every verb is one ``BEGIN IMMEDIATE`` transaction and waits for the other's.
"""

import contextlib
import os
import sqlite3
import time
from typing import Callable, Iterator

from ansible_collections.mailops.zimbra.plugins.module_utils._ledger_errors import LedgerFileError, LedgerMissing
from ansible_collections.mailops.zimbra.plugins.module_utils._ledger_schema import (
    SCHEMA_VERSION,
    check_identity,
    migrate,
)

# Seconds a writer waits for another one. A verb takes milliseconds; only a stopped process holds the lock longer.
BUSY_TIMEOUT = 30.0
# SQLite does not call the busy handler for the switch to WAL: retried here this often, this far apart (seconds).
_WAL_TRIES, _WAL_PAUSE = 50, 0.1


class LedgerStore:
    """One ledger file. In check mode every transaction is rolled back, and a file that is not there stays so."""

    def __init__(self, path: str, check_mode: bool = False, busy_timeout: float = BUSY_TIMEOUT) -> None:
        self.path = path
        self.check_mode = check_mode
        self._busy_timeout = busy_timeout

    def exists(self) -> bool:
        """True when there is a ledger; an empty file is one that its creator has not got round to filling."""
        return os.path.isfile(self.path) and os.path.getsize(self.path) > 0

    @contextlib.contextmanager
    def transaction(self, create: bool = False, absent_is_empty: bool = False) -> Iterator[sqlite3.Connection]:
        """One transaction, on the newest schema. Errors undo it.

        ``create``: make the file when there is none. ``absent_is_empty``: then work on an empty ledger in memory.
        Raises :class:`LedgerMissing` when there is no file and neither is asked for (outside check mode).
        """
        path = self.path
        if not self.exists():
            if self.check_mode or (absent_is_empty and not create):
                path = ":memory:"
            elif create:
                self._create_file()
            else:
                raise LedgerMissing(
                    f"There is no ledger at {self.path}. Run phase=initial first (action=open creates it), "
                    "or correct the path and the host it is looked for on.",
                    path=self.path,
                )
        try:
            with contextlib.closing(self._connect(path)) as db, self._undone_on_error(db):
                yield db
        except sqlite3.OperationalError as error:
            raise self._explained(error) from error
        except sqlite3.DatabaseError as error:
            raise LedgerFileError(
                f"{self.path} is not a readable ledger: {error}. Restore it from a copy; "
                "do not start with an empty one, the migration's state would be lost.",
                path=self.path,
            ) from error

    @contextlib.contextmanager
    def _undone_on_error(self, db: sqlite3.Connection) -> Iterator[None]:
        db.execute("BEGIN IMMEDIATE")
        try:
            version = check_identity(db, self.path)
            if version < SCHEMA_VERSION:
                migrate(db, version)
            yield
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
        db.execute("ROLLBACK" if self.check_mode else "COMMIT")

    def _create_file(self) -> None:
        directory = os.path.dirname(os.path.abspath(self.path))
        if not os.path.isdir(directory):
            raise LedgerFileError(
                f"The directory {directory} of the ledger does not exist on this host. Create it, or correct the path.",
                path=self.path,
            )
        try:
            # Not exclusive: another controller may be creating it at this moment, the schema is made under a lock.
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise LedgerFileError(f"Cannot create the ledger {self.path}: {error.strerror}") from error

    def _connect(self, path: str) -> sqlite3.Connection:
        db = sqlite3.connect(path, timeout=self._busy_timeout, isolation_level=None)
        try:
            db.row_factory = sqlite3.Row
            db.execute("PRAGMA foreign_keys = ON")
            # Before anything is written: the path may be another program's database. In one transaction, because
            # another controller may be making the ledger between two looks.
            db.execute("BEGIN")
            check_identity(db, self.path)
            db.execute("ROLLBACK")
            if path != ":memory:" and not self.check_mode:
                _retried(lambda: db.execute("PRAGMA journal_mode = WAL"))
                db.execute("PRAGMA synchronous = FULL")
        except BaseException:
            db.close()
            raise
        return db

    def _explained(self, error: sqlite3.OperationalError) -> LedgerFileError:
        text = str(error)
        if "locked" in text or "busy" in text:
            return LedgerFileError(
                f"The ledger {self.path} stayed locked for {self._busy_timeout:g} s. "
                f"Another process holds it: look with 'fuser {self.path}'.",
                path=self.path,
            )
        return LedgerFileError(
            f"The ledger {self.path} cannot be used: {text}. "
            "Is it readable and writable for the user the task runs as?",
            path=self.path,
        )


def _retried(statement: Callable[[], object]) -> None:
    for left in range(_WAL_TRIES, -1, -1):
        try:
            statement()
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or not left:
                raise
            time.sleep(_WAL_PAUSE)
