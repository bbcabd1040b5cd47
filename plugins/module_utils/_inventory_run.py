# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory of a whole server: every wanted account, some at a time, into one file."""

import queue
import threading
import time
from typing import Any, Callable, Dict, List, NamedTuple, Sequence

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import MailopsError
from ansible_collections.mailops.zimbra.plugins.module_utils._inventory import (
    ACCOUNT,
    INCOMPLETE,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._inventory_accounts import (
    Account,
    Wanted,
    find_accounts,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._inventory_file import InventoryWriter, Written
from ansible_collections.mailops.zimbra.plugins.module_utils._inventory_mailbox import (
    MailboxInventory,
    Sink,
    empty_account,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._inventory_source import SoapMailbox
from ansible_collections.mailops.zimbra.plugins.module_utils._soap import SoapClient

# Problems of one account that are returned; the file holds them all.
_SHOWN = 20

Record = Dict[str, Any]


class Options(NamedTuple):
    """``content``: read whole bodies. ``parallel``: mailboxes at a time. ``delay``: seconds between two of them.

    ``make_mailboxes``: whether an account may be read of which nobody knows if it has a mailbox.
    """

    content: bool = True
    parallel: int = 4
    delay: float = 0.0
    make_mailboxes: bool = True


class Taken(NamedTuple):
    """What was read: one record for each account, and what became of the file."""

    accounts: List[Record]
    written: Written


def _record(account: Account, found: Record) -> Record:
    return dict(
        found,
        record=ACCOUNT,
        account=account.name,
        id=account.id,
        status=account.status,
        system=account.system,
        mailbox=account.mailbox is not False,
    )


def take_account(client: SoapClient, account: Account, sink: Sink, options: Options) -> Record:
    """The inventory of one account; what goes wrong is said in its record, never raised."""
    if account.mailbox is False:
        return _record(account, empty_account())
    if account.mailbox is None and not options.make_mailboxes:
        found = dict(empty_account(), state=INCOMPLETE)
        found["problems"] = [{"what": "not read: it may have no mailbox yet, and reading would make one"}]
        return _record(account, found)
    mailbox = SoapMailbox(client, account.name, account.id)
    return _record(account, MailboxInventory(mailbox, account.name, sink, options.content).take())


class _Pool:
    """Threads that take accounts from one queue, each with a connection of its own."""

    def __init__(self, connect: Callable[[], SoapClient], sink: Sink, options: Options) -> None:
        self._connect = connect
        self._sink = sink
        self._options = options
        self._waiting: queue.Queue[Account] = queue.Queue()
        self._lock = threading.Lock()
        self.done: List[Record] = []
        self.failed: List[Exception] = []

    def run(self, accounts: Sequence[Account]) -> None:
        """Take all of them. Raises the first error that is not about one mailbox."""
        for account in accounts:
            self._waiting.put(account)
        count = max(1, min(self._options.parallel, len(accounts)))
        threads = [threading.Thread(target=self._work, daemon=True) for _number in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.failed:
            raise self.failed[0]

    def _work(self) -> None:
        try:
            client = self._connect()
            try:
                while not self.failed:
                    try:
                        account = self._waiting.get_nowait()
                    except queue.Empty:
                        return
                    record = take_account(client, account, self._sink, self._options)
                    self._sink.add(record)
                    with self._lock:
                        self.done.append(record)
                    if self._options.delay:
                        time.sleep(self._options.delay)
            finally:
                client.close()
        except Exception as error:  # whatever it is, the task ends with it and not with a silent thread
            with self._lock:
                self.failed.append(error)


def take_inventory(
    connect: Callable[[], SoapClient], wanted: Wanted, dest: Any, header: Record, options: Options
) -> Taken:
    """Read every wanted account and write ``dest`` (None: write nothing).

    ``connect``: gives a client of its own to every thread. ``header``: what the file says about itself.
    """
    client = connect()
    try:
        accounts = find_accounts(client, wanted)
    finally:
        client.close()
    with InventoryWriter(dest) as writer:
        pool = _Pool(connect, Sink(writer.add, writer.supersede), options)
        pool.run(accounts)
        if len(pool.done) != len(accounts):
            raise MailopsError(f"Only {len(pool.done)} of {len(accounts)} accounts were read.")
        written = writer.commit(header)
    return Taken(sorted(pool.done, key=lambda record: str(record["account"])), written)


def summary(accounts: Sequence[Record]) -> Record:
    """Numbers over all accounts, for the result of a task."""
    totals: Dict[str, int] = {}
    for record in accounts:
        for kind, number in record["counts"].items():
            totals[kind] = totals.get(kind, 0) + number
    return {
        "accounts": len(accounts),
        "without_mailbox": sum(not record["mailbox"] for record in accounts),
        "incomplete": sum(record["state"] == INCOMPLETE for record in accounts),
        "items": sum(record["items"] for record in accounts),
        "bytes": sum(record["bytes"] for record in accounts),
        "folders": sum(record["folders"] for record in accounts),
        "types": totals,
    }


def shown(record: Record) -> Record:
    """An account's record as a task returns it: not more problems than one reads."""
    names = ("account", "state", "system", "status", "mailbox", "items", "bytes", "folders", "counts")
    out = {name: record[name] for name in names}
    out["problems"] = record["problems"][:_SHOWN]
    out["problem_count"] = len(record["problems"])
    return out
