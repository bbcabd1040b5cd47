#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Into the mailbox: what the mailbox server does with a message that LMTP hands it."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

from zimsim.config import Config
from zimsim.journal import Journal
from zimsim.model import Entry, Store
from zimsim.model.errors import ServiceError
from zimsim.model.types import INBOX, JUNK, UNREAD
from zimsim.smtp import replies
from zimsim.smtp.headers import is_spam, message_id, received_by_mailbox
from zimsim.smtp.replies import Reply

_SCHEMA = "CREATE TABLE IF NOT EXISTS deliveries (id TEXT PRIMARY KEY, time INTEGER NOT NULL) WITHOUT ROWID"
_KEEP_SECONDS = 10 * 86_400
# zimbraMessageIdDedupeCacheSize: so many ids of all mailboxes are remembered, until a restart.
_REMEMBERED = 3000


class RecentIds:
    """Which Message-IDs came to which mailbox lately: mail through two lists arrives once."""

    def __init__(self, size: int = _REMEMBERED) -> None:
        self._size = size
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._lock = threading.Lock()

    def __contains__(self, key: tuple[str, str]) -> bool:
        with self._lock:
            return key in self._seen

    def add(self, key: tuple[str, str]) -> None:
        with self._lock:
            self._seen[key] = None
            self._seen.move_to_end(key)
            while len(self._seen) > self._size:
                self._seen.popitem(last=False)

    def discard(self, key: tuple[str, str]) -> None:
        with self._lock:
            self._seen.pop(key, None)


class LocalDelivery:
    """Delivers into this server's mailboxes. A delivery id that was stored once is never stored again."""

    def __init__(self, store: Store, config: Config, journal: Journal) -> None:
        self._store = store
        self._config = config
        self._journal = journal
        self._recent = RecentIds()
        with store.database.write() as connection:
            connection.execute(_SCHEMA)
            connection.execute("DELETE FROM deliveries WHERE time < ?", (int(time.time()) - _KEEP_SECONDS,))

    def recipient(self, address: str) -> Reply:
        """The answer to RCPT TO in LMTP."""
        reply, _ = self._account(address)
        return reply

    def _account(self, address: str) -> tuple[Reply, Entry | None]:
        directory = self._store.directory
        account = directory.find("account", address)
        if account is None:
            return replies.NO_SUCH_USER, None
        status = directory.status(account)
        if status in ("closed", "pending"):
            return replies.NO_SUCH_USER, None
        if status == "maintenance":
            return replies.MAILBOX_DISABLED, None
        if account.first("zimbraMailHost") != directory.server.name:
            return replies.NOT_ON_THIS_SERVER, None
        return replies.RECIPIENT_OK, account

    def deliver(self, address: str, raw: bytes, sender: str, delivery_id: str) -> Reply:
        """Store one message for one address; ``delivery_id`` is the same for every attempt at it."""
        reply, account = self._account(address)
        if account is None:
            return reply
        key = (account.id, message_id(raw))
        known = bool(key[1]) and key in self._recent
        try:
            reply, stored = self._deliver(account, address, raw, sender, delivery_id, key)
        except BaseException:
            if not known:
                self._recent.discard(key)
            raise
        if stored:
            details = {"message_id": key[1], "delivery": delivery_id}
            self._journal.record("lmtp", sender or "<>", "deliver", account.name, **details)
        return reply

    def _deliver(
        self, account: Entry, address: str, raw: bytes, sender: str, delivery_id: str, key: tuple[str, str]
    ) -> tuple[Reply, bool]:
        """The reply, and whether the message was stored now; item and delivery id in one transaction."""
        with self._store.database.write() as connection:
            if connection.execute("SELECT 1 FROM deliveries WHERE id = ?", (delivery_id,)).fetchone() is not None:
                return replies.DELIVERED, False
            unwanted = account.first("zimbraPrefMailLocalDeliveryDisabled") == "TRUE"
            stored = not unwanted and not (key[1] and key in self._recent)
            if stored:
                refusal = self._store_message(account, raw, sender, address)
                if refusal is not None:
                    return refusal, False
                # Before the next writer may look.
                self._recent.add(key)
            connection.execute("INSERT INTO deliveries (id, time) VALUES (?, ?)", (delivery_id, int(time.time())))
        return replies.DELIVERED, stored

    def _store_message(self, account: Entry, raw: bytes, sender: str, address: str) -> Reply | None:
        mailbox = self._store.mailboxes.open(account.id)
        now = time.time()
        trace = received_by_mailbox(self._config.hostname, self._config.address, sender, address, now)
        whole = trace + raw
        try:
            self._store.mailboxes.check_quota(account, mailbox, len(whole))
        except ServiceError:
            permanent = self._store.directory.config.first("zimbraLmtpPermanentFailureWhenOverQuota") == "TRUE"
            return replies.OVER_QUOTA_FOR_GOOD if permanent else replies.OVER_QUOTA
        mailbox.add_message(whole, JUNK if is_spam(raw) else INBOX, date=int(now) * 1000, flags=UNREAD)
        return None
