# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is there room for it (reference: zextras-cli 3.3, F9, F28). Pure."""

from typing import Any, Dict, Iterator, List, NamedTuple, Optional

from ansible_collections.mailops.zimbra.plugins.module_utils._precheck import (
    DESTINATION,
    ERROR,
    SOURCE,
    WARNING,
    Case,
    Finding,
    size,
    space,
)

# A backup path takes 50 to 75 % of all volumes; the vendor asks for 80 % of them on its device.
BACKUP_SHARE = 0.8
# Below this share of a file system, or these bytes, things begin to fail.
TIGHT_SHARE = 0.05
TIGHT_BYTES = 2 * 1000**3


class Need(NamedTuple):
    """Bytes that will be written below one path."""

    path: Dict[str, Any]
    what: str
    size: float


def check_space(case: Case) -> Iterator[Finding]:
    """The vendor's rules before an initial pass; afterwards only whether a file system is nearly full."""
    if not case.started:
        moving = _moving(case)
        if moving is None:
            yield Finding(
                WARNING,
                "F9",
                SOURCE,
                "The size of the mailboxes is unknown, so the room on the Destination was not checked.",
                "See why 'zmprov gqu' does not answer, or compare 'df' on both sides yourself.",
            )
        else:
            for side, needs in ((SOURCE, _source_needs(case, moving)), (DESTINATION, _destination_needs(case, moving))):
                yield from _compare(side, needs)
    for side, facts in case.sides():
        yield from _tight(side, facts.get("spaces") or [])


def _moving(case: Case) -> Optional[float]:
    """Bytes of mail to move: what the quota of all mailboxes counts."""
    boxes = case.source.get("mailboxes")
    return None if not boxes else float(boxes["bytes"])


def _source_needs(case: Case, moving: float) -> List[Need]:
    backup = space(case.source, "backup")
    if backup is None or (case.source.get("backup") or {}).get("initialized"):
        return []
    return [Need(backup, "the first SmartScan", moving * BACKUP_SHARE)]


def _destination_needs(case: Case, moving: float) -> List[Need]:
    needs = []
    store = space(case.destination, "store")
    if store is not None:
        needs.append(Need(store, "the imported mail", moving))
    if case.import_path:
        place = space(case.destination, "path", case.import_path)
        # A copy that is there already (a moved disk, a mount) takes no more room.
        if place is not None and not (place["exists"] and place["used"] >= moving * BACKUP_SHARE):
            needs.append(Need(place, "the copy of the backup", moving * BACKUP_SHARE))
    return needs


def _compare(side: str, needs: List[Need]) -> Iterator[Finding]:
    """Needs that share a file system are added up."""
    for device in sorted({need.path["device"] for need in needs}):
        shared = [need for need in needs if need.path["device"] == device]
        total = sum(need.size for need in shared)
        free = shared[0].path["free"]
        if total > free:
            what = " and ".join(need.what for need in shared)
            yield Finding(
                ERROR,
                "F9",
                side,
                f"{shared[0].path['mount_point'] or shared[0].path['path']} has {size(free)} free; {what} need(s) "
                f"about {size(total)}.",
                "Make room, or put the directory on a larger file system.",
            )


def _tight(side: str, spaces: List[Dict[str, Any]]) -> Iterator[Finding]:
    seen = set()
    for one in spaces:
        if not one.get("total") or one["device"] in seen:
            continue
        seen.add(one["device"])
        if one["free"] < min(TIGHT_SHARE * one["total"], TIGHT_BYTES):
            yield Finding(
                WARNING,
                "F28" if one["role"] == "redolog" else "F9",
                side,
                f"{one['mount_point'] or one['path']} is nearly full: "
                f"{size(one['free'])} of {size(one['total'])} are free.",
                "Make room before the next import.",
            )
