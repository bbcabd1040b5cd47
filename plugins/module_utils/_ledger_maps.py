# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Map files of the imports (old id -> new id): an import doubles everything when they are lost (F1 of the reference).

They live in the Destination's backup path: ``map_<server id>`` in its root, ``id_mapper*`` in the directory of each
imported account. Only imports write them, so between two imports they must not change.
"""

import hashlib
import os
from typing import Dict, Iterator, List, NamedTuple

from ansible_collections.mailops.zimbra.plugins.module_utils._ledger_errors import LedgerError, RuleBroken
from ansible_collections.mailops.zimbra.plugins.module_utils._ledger_units import Context, require_pass
from ansible_collections.mailops.zimbra.plugins.module_utils._ledger_values import IMPORTS, Answer


class MapFile(NamedTuple):
    path: str
    size: int
    sha256: str


# As many paths as a person reads.
NAMED = 5


def find_maps(directory: str, absent_is_empty: bool = False) -> List[MapFile]:
    """Every map file below a backup path, with size in bytes and SHA-256, sorted by path.

    ``absent_is_empty``: a backup path that was never initialised does not exist and has none.
    """
    if not os.path.isdir(directory):
        if absent_is_empty:
            return []
        raise LedgerError(
            f"The backup path {directory} does not exist on this host, so its map files cannot be read. "
            "Give the Destination's own backup path.",
            path=directory,
        )
    try:
        return sorted(_digested(path) for path in _candidates(directory))
    except OSError as error:
        raise LedgerError(
            f"The map files in {directory} cannot be read: {error}. Run the task as root or as the service user."
        ) from error


def _candidates(directory: str) -> Iterator[str]:
    for name in os.listdir(directory):
        if name.startswith("map_"):
            yield os.path.join(directory, name)
    accounts = os.path.join(directory, "accounts")
    for account in os.listdir(accounts) if os.path.isdir(accounts) else ():
        for name in os.listdir(os.path.join(accounts, account)):
            if name.startswith("id_mapper"):
                yield os.path.join(accounts, account, name)


def _digested(path: str) -> MapFile:
    digest = hashlib.sha256()
    size = 0
    with open(path, "rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
            size += len(block)
    return MapFile(path, size, digest.hexdigest())


def record_maps(ctx: Context, host: str, files: List[MapFile], unit: str, number: int) -> Answer:
    """Remember the map files as an import of this pass left them."""
    require_pass(ctx, unit, number)
    known = _recorded(ctx, host)
    changed = [item for item in files if known.get(item.path) != item]
    for item in changed:
        ctx.db.execute(
            "INSERT OR REPLACE INTO map_file VALUES (?, ?, ?, ?, ?, ?, ?)",
            (host, item.path, item.size, item.sha256, unit, number, ctx.at),
        )
    return {"maps": len(files), "recorded": bool(changed), "changed": False}


def check_maps(ctx: Context, host: str, files: List[MapFile]) -> Answer:
    """Refuse another import when a recorded map file is gone or was changed by something that was not an import.

    After an import that ended without its maps being recorded (the controller died) changes are expected; only what is
    gone is then refused.
    """
    known = _recorded(ctx, host)
    now = {item.path: item for item in files}
    gone = sorted(path for path in known if path not in now)
    altered = sorted(path for path in known if path in now and now[path] != known[path])
    if gone:
        raise RuleBroken(
            f"{len(gone)} map file(s) of earlier imports are gone: {_some(gone)}. "
            "Another import would bring every item a second time. Put them back from a copy before going on.",
            rule="maps_unchanged",
            gone=gone,
        )
    explained = bool(altered) and _import_since_record(ctx, host)
    if altered and not explained:
        raise RuleBroken(
            f"{len(altered)} map file(s) changed since the last import: {_some(altered)}. "
            "Only imports may write them, another import could bring items a second time. "
            "Put back the files as they were, or record them on purpose with action=record_maps.",
            rule="maps_unchanged",
            altered=altered,
        )
    return {
        "maps": len(files),
        "known": len(known),
        "new": sorted(path for path in now if path not in known),
        "altered": altered,
        "changed": False,
    }


def _recorded(ctx: Context, host: str) -> Dict[str, MapFile]:
    rows = ctx.db.execute("SELECT path, size, sha256 FROM map_file WHERE host = ?", (host,))
    return {row["path"]: MapFile(row["path"], row["size"], row["sha256"]) for row in rows}


def _import_since_record(ctx: Context, host: str) -> bool:
    marks = ", ".join("?" for _name in IMPORTS)
    row = ctx.db.execute(
        f"SELECT 1 FROM operation o JOIN attempt a ON a.operation = o.id WHERE o.name IN ({marks}) "
        "AND (o.host = ? OR o.host = '') "
        "AND a.claimed > (SELECT max(recorded) FROM map_file WHERE host = ?) LIMIT 1",
        IMPORTS + (host, host),
    ).fetchone()
    return row is not None


def _some(paths: List[str]) -> str:
    more = len(paths) - NAMED
    return ", ".join(paths[:NAMED]) + (f" and {more} more" if more > 0 else "")
