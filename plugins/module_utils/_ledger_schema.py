# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of the ledger and how an older file becomes a newer one.

Written for SQLite 3.7.17 (the one of the oldest Destinations): no partial index, no UPSERT, no WITHOUT ROWID. Times are
ISO 8601 in UTC with milliseconds, structured values are JSON text. ``PRAGMA user_version`` holds the schema version.
"""

import sqlite3
from typing import List, Sequence

from ansible_collections.mailops.zimbra.plugins.module_utils._ledger_errors import LedgerFileError

# "mzlg": marks the file as a ledger, so that a path typed wrongly never turns another program's database into one.
APPLICATION_ID = 0x6D7A6C67

_VERSION_1 = [
    """CREATE TABLE migration (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        name TEXT NOT NULL,
        procedure TEXT NOT NULL,
        source TEXT NOT NULL,
        destination TEXT NOT NULL,
        created TEXT NOT NULL)""",
    """CREATE TABLE unit (
        name TEXT PRIMARY KEY,
        method TEXT NOT NULL,
        created TEXT NOT NULL)""",
    """CREATE TABLE pass (
        unit TEXT NOT NULL REFERENCES unit (name),
        number INTEGER NOT NULL,
        phase TEXT NOT NULL,
        state TEXT NOT NULL,
        opened TEXT NOT NULL,
        finished TEXT,
        moved TEXT,
        PRIMARY KEY (unit, number))""",
    """CREATE TABLE step (
        unit TEXT NOT NULL,
        pass INTEGER NOT NULL,
        name TEXT NOT NULL,
        finished TEXT NOT NULL,
        details TEXT NOT NULL,
        PRIMARY KEY (unit, pass, name),
        FOREIGN KEY (unit, pass) REFERENCES pass (unit, number))""",
    """CREATE TABLE operation (
        id INTEGER PRIMARY KEY,
        unit TEXT NOT NULL,
        pass INTEGER NOT NULL,
        name TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        parameters TEXT NOT NULL,
        host TEXT NOT NULL,
        UNIQUE (unit, pass, name, fingerprint),
        FOREIGN KEY (unit, pass) REFERENCES pass (unit, number))""",
    """CREATE TABLE attempt (
        operation INTEGER NOT NULL REFERENCES operation (id),
        number INTEGER NOT NULL,
        state TEXT NOT NULL,
        claimant TEXT NOT NULL,
        intended TEXT NOT NULL,
        claimed TEXT NOT NULL,
        operation_id TEXT,
        started TEXT,
        ended TEXT,
        result TEXT,
        message TEXT,
        PRIMARY KEY (operation, number))""",
    """CREATE TABLE capture (
        id INTEGER PRIMARY KEY,
        host TEXT NOT NULL,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        before TEXT NOT NULL,
        set_to TEXT NOT NULL,
        captured TEXT NOT NULL,
        released TEXT)""",
    "CREATE INDEX capture_setting ON capture (host, kind, name, released)",
    """CREATE TABLE map_file (
        host TEXT NOT NULL,
        path TEXT NOT NULL,
        size INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        unit TEXT NOT NULL,
        pass INTEGER NOT NULL,
        recorded TEXT NOT NULL,
        PRIMARY KEY (host, path))""",
]

_VERSION_2 = [
    # Several units may need the same setting changed at the same time: it goes back when the last of them lets go.
    """CREATE TABLE capture_holder (
        capture INTEGER NOT NULL REFERENCES capture (id),
        unit TEXT NOT NULL,
        PRIMARY KEY (capture, unit))""",
    "INSERT INTO capture_holder (capture, unit) SELECT id, '' FROM capture WHERE released IS NULL",
    """CREATE TABLE evidence (
        id INTEGER PRIMARY KEY,
        unit TEXT NOT NULL,
        pass INTEGER NOT NULL,
        verdict TEXT NOT NULL,
        counts TEXT NOT NULL,
        findings TEXT NOT NULL,
        recorded TEXT NOT NULL)""",
    "CREATE INDEX evidence_unit ON evidence (unit, id)",
    """CREATE TABLE event (
        id INTEGER PRIMARY KEY,
        unit TEXT NOT NULL,
        phase TEXT NOT NULL,
        pass INTEGER NOT NULL,
        name TEXT NOT NULL,
        details TEXT NOT NULL,
        at TEXT NOT NULL)""",
    "CREATE INDEX event_name ON event (unit, phase, pass, name)",
]

# MIGRATIONS[n] takes a file from version n to n + 1. A released entry is never edited, only followed by another one.
MIGRATIONS: List[List[str]] = [_VERSION_1, _VERSION_2]
SCHEMA_VERSION = len(MIGRATIONS)


def version_of(db: sqlite3.Connection) -> int:
    """Schema version of the open file; 0 for an empty one."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def check_identity(db: sqlite3.Connection, path: str) -> int:
    """Return the schema version, or raise :class:`LedgerFileError` for a file that is not ours or newer than we are."""
    version = version_of(db)
    application = int(db.execute("PRAGMA application_id").fetchone()[0])
    tables = int(db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
    if (version == 0 and tables) or (version and application != APPLICATION_ID):
        raise LedgerFileError(
            f"{path} is a SQLite database, but not a migration ledger. Choose another path.", path=path
        )
    if version > SCHEMA_VERSION:
        raise LedgerFileError(
            f"The ledger {path} has schema version {version}, this version of mailops.zimbra knows {SCHEMA_VERSION}. "
            "Use the version that wrote it, or a newer one.",
            path=path,
            version=version,
        )
    return version


def migrate(db: sqlite3.Connection, version: int, migrations: Sequence[Sequence[str]] = tuple(MIGRATIONS)) -> None:
    """Bring the open file from ``version`` to the newest. The caller's transaction commits or undoes it."""
    for target in range(version, len(migrations)):
        for statement in migrations[target]:
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {target + 1:d}")
    db.execute(f"PRAGMA application_id = {APPLICATION_ID:d}")
