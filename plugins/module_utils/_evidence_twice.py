# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail that was delivered on both sides of the switch.

A message that the Source delivered and then the Destination once more is not equal in its bytes: each delivery adds
Received lines. Its Message-ID gives it away. Only mail that arrived after the switch is asked for, so what has to be
kept is what the Destination received by itself.
"""

import hashlib
from typing import Any, Dict, Iterable, Iterator, Set, Tuple

Record = Dict[str, Any]
Seen = Set[Tuple[str, bytes]]

# A copy of one's own mail has the Message-ID of the mail and is no delivery.
_OWN = ("/Sent", "/Drafts")


def fingerprint(record: Record) -> Tuple[str, bytes]:
    """Account and hashed Message-ID: 24 bytes in place of a long text."""
    digest = hashlib.blake2b(str(record.get("message_id", "")).encode("utf-8", "replace"), digest_size=12)
    return record["account"], digest.digest()


def _delivered(records: Iterable[Record]) -> Iterator[Record]:
    for record in records:
        if record.get("message_id") and not (record["folder"] + "/").startswith(tuple(path + "/" for path in _OWN)):
            yield record


def delivered_twice(source: Iterable[Record], destination: Iterable[Record], switched: int) -> Seen:
    """Fingerprints of what arrived on the Destination after ``switched`` and is on the Source too, or arrived twice."""
    late: Seen = set()
    twice: Seen = set()
    for record in _delivered(destination):
        if record["date"] >= switched:
            mark = fingerprint(record)
            (twice if mark in late else late).add(mark)
    for record in _delivered(source):
        mark = fingerprint(record)
        if mark in late:
            twice.add(mark)
    return twice
