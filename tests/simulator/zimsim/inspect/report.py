#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``zimsim inspect`` prints: a line per account, or everything as JSON; how often each Message-ID is there."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from zimsim.inspect.stores import Account, Stores

_HEADER_END = re.compile(rb"\r?\n\r?\n")
_MESSAGE_ID = re.compile(rb"^message-id[ \t]*:[ \t\r\n]*(<[^>\r\n]*>)", re.IGNORECASE | re.MULTILINE)
_HEADER_BYTES = 65536


def account_facts(stores: Stores, account: Account, *, blobs: bool) -> dict[str, Any]:
    """All of one account: folders, items, and what is wrong with their blobs."""
    facts: dict[str, Any] = {
        "account": account.address,
        "id": account.id,
        "kind": account.kind,
        "system": account.is_system,
        "mailbox": account.mailbox,
        "folders": [],
        "items": [],
        "counts": {},
        "broken": [],
    }
    if account.mailbox is None:
        return facts
    items = [asdict(item) for item in stores.items(account.mailbox, blobs=blobs)]
    facts["folders"] = stores.folders(account.mailbox)
    facts["items"] = items
    facts["counts"] = dict(sorted(Counter(item["type"] for item in items if not item["old"]).items()))
    facts["bytes"] = sum(item["size"] for item in items)
    facts["broken"] = [item for item in items if item["blob"] in ("missing", "wrong")]
    return facts


def print_accounts(stores: Stores, address: str | None, *, as_json: bool, blobs: bool) -> int:
    """Status 1 when a blob is missing or does not match its digest."""
    broken = 0
    collected = {}
    for account in stores.accounts(address):
        facts = account_facts(stores, account, blobs=blobs)
        broken += len(facts["broken"])
        if as_json:
            collected[account.address] = facts
            continue
        counts = ", ".join(f"{number} {name}" for name, number in facts["counts"].items()) or "nothing"
        state = "no mailbox" if account.mailbox is None else f"mailbox {account.mailbox}: {counts}"
        print(f"{account.address}{' (system)' if account.is_system else ''}: {state}")
        for item in facts["broken"]:
            print(f"    blob {item['blob']}: {item['folder']} id {item['id']} {item['name']!r}")
    if as_json:
        print(json.dumps({"accounts": collected, "broken": broken}, ensure_ascii=False))
    return 1 if broken else 0


def message_ids(stores: Stores, account: Account) -> Iterator[str]:
    """The Message-ID of each message in a mailbox, as its blob says; messages without one are left out."""
    if account.mailbox is None:
        return
    rows = stores.connection.execute(
        "SELECT id, mod_content FROM items WHERE mailbox = ? AND type = 5 AND digest IS NOT NULL", (account.mailbox,)
    )
    for row in rows:
        try:
            with stores.blob_path(account.mailbox, row["id"], row["mod_content"]).open("rb") as blob:
                head = blob.read(_HEADER_BYTES)
        except OSError:
            continue
        end = _HEADER_END.search(head)
        found = _MESSAGE_ID.search(head[: end.end()] if end else head)
        if found:
            yield found[1].decode("latin-1")


def count_message_ids(stores: Stores, address: str | None = None) -> dict[str, dict[str, int]]:
    """``{Message-ID: {account: how often}}``; more than once in one account is a doubled message."""
    counted: dict[str, dict[str, int]] = {}
    for account in stores.accounts(address):
        for identifier, number in Counter(message_ids(stores, account)).items():
            counted.setdefault(identifier, {})[account.address] = number
    return counted


def print_message_ids(stores: Stores, address: str | None, *, as_json: bool) -> int:
    counted = count_message_ids(stores, address)
    if as_json:
        print(json.dumps(counted, ensure_ascii=False))
        return 0
    doubled = 0
    for identifier, places in sorted(counted.items()):
        for account, number in places.items():
            if number > 1:
                doubled += 1
                print(f"{number} times in {account}: {identifier}")
    print(f"{len(counted)} Message-IDs, {doubled} of them more than once in one mailbox")
    return 0
