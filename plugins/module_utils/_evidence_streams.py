# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two sorted inventories side by side, a group at a time.

A group is all records that can only be each other's counterpart: one account, one folder path, or the items of one
account, type and key. Only the group at hand is in memory.
"""

import itertools
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Tuple

from ansible_collections.mailops.zimbra.plugins.module_utils._inventory import ITEM, sort_key

Record = Dict[str, Any]


class Group(NamedTuple):
    """``token``: NUL-separated account, section and key. The records of each side, in the order of the files."""

    token: str
    source: List[Record]
    destination: List[Record]

    @property
    def account(self) -> str:
        return self.token.split("\0", 1)[0]

    @property
    def kind(self) -> str:
        record: Record = (self.source or self.destination)[0]
        return str(record["record"])


def _token(record: Record) -> str:
    parts = sort_key(record).split("\0")
    # account, section, then: nothing, the folder's path, or an item's type and key
    return "\0".join(parts[:4] if record["record"] == ITEM else parts[:3])


def _groups(records: Iterable[Record]) -> Iterator[Tuple[str, List[Record]]]:
    for token, group in itertools.groupby(records, key=_token):
        yield token, list(group)


def side_by_side(source: Iterable[Record], destination: Iterable[Record]) -> Iterator[Group]:
    """Every group of either side, in order. Both must be sorted by :func:`_inventory.sort_key`."""
    left, right = _groups(source), _groups(destination)
    here, there = next(left, None), next(right, None)
    while here is not None or there is not None:
        if here is not None and (there is None or here[0] < there[0]):
            yield Group(here[0], here[1], [])
            here = next(left, None)
        elif there is not None and (here is None or there[0] < here[0]):
            yield Group(there[0], [], there[1])
            there = next(right, None)
        elif here is not None and there is not None:
            yield Group(here[0], here[1], there[1])
            here, there = next(left, None), next(right, None)
