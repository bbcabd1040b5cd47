#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is everything there that a sender's log says was accepted, and once?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zimsim.inspect.report import count_message_ids
from zimsim.inspect.stores import Stores


def accepted(log: Path) -> Iterator[dict[str, Any]]:
    """The lines of ``zimsim send --log`` that a server took."""
    with log.open(encoding="utf-8") as handle:
        for line in handle:
            entry: dict[str, Any] = json.loads(line)
            if entry["status"] == "accepted":
                yield entry


def compare(stores: Stores, log: Path) -> dict[str, Any]:
    """``{accepted, found, lost: [...], doubled: [...]}``; a list's mail must be with each of its members."""
    counted = count_message_ids(stores)
    total = found = 0
    lost, doubled = [], []
    for entry in accepted(log):
        total += 1
        identifier, recipient = entry["message_id"], entry["recipient"]
        places = counted.get(identifier, {})
        expected = stores.accounts_behind(recipient)
        missing = sorted(expected - places.keys()) if expected else [recipient]
        twice = sorted(account for account in expected if places.get(account, 0) > 1)
        if missing:
            lost.append({"message_id": identifier, "recipient": recipient, "not_in": missing})
        else:
            found += 1
        if twice:
            uncertain = bool(entry.get("uncertain"))
            doubled.append({"message_id": identifier, "recipient": recipient, "in": twice, "uncertain": uncertain})
    return {"accepted": total, "found": found, "lost": lost, "doubled": doubled}


def print_sent(stores: Stores, log: Path, *, as_json: bool) -> int:
    """Status 1 when anything is lost or doubled."""
    result = compare(stores, log)
    if as_json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        for word, place in (("lost", "not_in"), ("doubled", "in")):
            for entry in result[word]:
                print(f"{word}: {entry['message_id']} to {entry['recipient']}: {', '.join(entry[place])}")
        numbers = (result["accepted"], result["found"], len(result["lost"]), len(result["doubled"]))
        print("accepted {}, found {}, lost {}, doubled {}".format(*numbers))
    return 1 if result["lost"] or result["doubled"] else 0
