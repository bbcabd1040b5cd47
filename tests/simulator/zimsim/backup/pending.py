# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes items and the id map one: a batch of items and its ids are committed together, then the log is appended.

A server killed between the two finds the ids of the last batch in `server.db` and appends them when the restore is
repeated, so that nothing is doubled. At the end of an account nothing is left here: who deletes the maps afterwards
gets duplicates, as on the platform.
"""

from __future__ import annotations

from sqlite3 import Connection

from zimsim.backup.maps import ItemMap
from zimsim.model import Store

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS backup_pending (mailbox INTEGER NOT NULL, source TEXT NOT NULL, old INTEGER NOT NULL,"
    " new INTEGER NOT NULL, PRIMARY KEY (mailbox, source, old)) WITHOUT ROWID"
)


class PendingIds:
    """Ids of the batch under way of one Source account and one mailbox."""

    def __init__(self, store: Store, mailbox_id: int, source_account_id: str, item_map: ItemMap) -> None:
        self._store = store
        self._mailbox = mailbox_id
        self._source = source_account_id
        self._map = item_map
        with store.database.write() as connection:
            connection.execute(SCHEMA)

    def recover(self) -> None:
        """Append what a killed server had committed but not logged."""
        rows = self._store.database.query(
            "SELECT old, new FROM backup_pending WHERE mailbox = ? AND source = ? ORDER BY new",
            (self._mailbox, self._source),
        )
        self._map.append([(row["old"], row["new"]) for row in rows])
        self.clear()

    def put(self, connection: Connection, pairs: list[tuple[int, int]]) -> None:
        """Inside the transaction that stores the items: the earlier batch is logged by now, this one is not."""
        connection.execute("DELETE FROM backup_pending WHERE mailbox = ? AND source = ?", (self._mailbox, self._source))
        connection.executemany(
            "INSERT INTO backup_pending (mailbox, source, old, new) VALUES (?, ?, ?, ?)",
            [(self._mailbox, self._source, old, new) for old, new in pairs],
        )

    def clear(self) -> None:
        """Everything is in the log."""
        with self._store.database.write() as connection:
            connection.execute(
                "DELETE FROM backup_pending WHERE mailbox = ? AND source = ?", (self._mailbox, self._source)
            )
