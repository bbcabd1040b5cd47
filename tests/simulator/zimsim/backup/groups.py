# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Contact groups name their members by item id: these ids are the Source's and have to be translated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from zimsim.model import bencode

MARK = "groupMember"
REFERENCE = "C"
# (account id of the Source or "", item id of the Source) -> reference here, or None.
Lookup = Callable[[str, int], str | None]


def is_group(state: Mapping[str, Any]) -> bool:
    """A contact that names members."""
    return MARK in str(state.get("metadata", ""))


def translated(metadata: str, lookup: Lookup) -> str:
    """Metadata of a group with the member ids of this server; what is unknown, or no group, stays as it is."""
    try:
        outer = bencode.decode(metadata)
        fields = outer["fld"]
        if not isinstance(fields, Mapping):
            return metadata
        inner = bencode.decode(str(fields[MARK]))
        members = inner["m"]
    except (KeyError, ValueError):
        return metadata
    if not isinstance(members, list):
        return metadata
    changed = [_member(member, lookup) for member in members]
    if changed == members:
        return metadata
    inner["m"] = changed
    outer["fld"] = {**fields, MARK: bencode.encode(inner)}
    return bencode.encode(outer)


def _member(member: Any, lookup: Lookup) -> Any:
    if not isinstance(member, Mapping) or member.get("t") != REFERENCE:
        return member
    account, _, item = str(member.get("v", "")).rpartition(":")
    found = lookup(account, int(item)) if item.isdigit() else None
    return member if found is None else {**member, "v": found}
