# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""File systems: room, kind, and whether upper and lower case are two names there (reference: zextras-cli F5 to F7, F9).

Everything is seen without leaving anything behind.
"""

import os
import tempfile
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

MOUNTS = "/proc/mounts"


class Space(NamedTuple):
    """Bytes. ``path`` is what was asked for, ``exists`` whether it is there; else its nearest parent was measured.

    ``free`` is what an ordinary user can still write. ``device``: equal for paths that share their room.
    """

    path: str
    exists: bool
    device: int
    total: int
    used: int
    free: int


class Mount(NamedTuple):
    """A file system as the kernel lists it."""

    point: str
    kind: str
    options: List[str]


def space_of(path: str) -> Optional[Space]:
    """Room at ``path``, ``None`` when not even a parent can be looked at."""
    existing = _nearest(path)
    try:
        statistics = os.statvfs(existing)
        device = os.stat(existing).st_dev
    except OSError:
        return None
    unit = statistics.f_frsize
    return Space(
        path=path,
        exists=os.path.realpath(existing) == os.path.realpath(path) and os.path.exists(path),
        device=device,
        total=statistics.f_blocks * unit,
        used=(statistics.f_blocks - statistics.f_bfree) * unit,
        free=statistics.f_bavail * unit,
    )


def mount_of(path: str, mounts: str) -> Optional[Mount]:
    """The mount ``path`` lies on; ``mounts`` is the text of ``/proc/mounts``."""
    real = os.path.realpath(path)
    found: Optional[Mount] = None
    for line in mounts.splitlines():
        words = line.split()
        if len(words) < 4:
            continue
        point = words[1].encode("ascii", "replace").decode("unicode_escape")
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        # Of two mounts on one point the later one is what is seen.
        if inside and (found is None or len(point) >= len(found.point)):
            found = Mount(point, words[2], words[3].split(","))
    return found


def read_mounts() -> str:
    """``/proc/mounts``; empty where it cannot be read."""
    try:
        with open(MOUNTS) as handle:
            return handle.read()
    except OSError:
        return ""


def is_case_sensitive(path: str, may_write: bool) -> Optional[bool]:
    """Whether ``xA`` and ``xa`` are two names in ``path``; ``None`` when it cannot be seen.

    An entry that is there already answers without a trace. In an empty directory, and only with ``may_write``, a
    directory is made and removed at once.
    """
    try:
        names = os.listdir(path)
    except OSError:
        return None
    for name in names[:1000]:
        if name.swapcase() != name:
            return not _same_entry(os.path.join(path, name), os.path.join(path, name.swapcase()))
    if not may_write:
        return None
    try:
        probe = tempfile.mkdtemp(prefix="xA-", suffix="-xA", dir=path)
    except OSError:
        return None
    try:
        return not os.path.lexists(os.path.join(path, os.path.basename(probe).swapcase()))
    finally:
        os.rmdir(probe)


def describe(path: str, mounts: str, may_write: bool) -> Dict[str, Any]:
    """All of it about one path, as JSON values."""
    space = space_of(path)
    mount = mount_of(path, mounts)
    exists = space is not None and space.exists
    return {
        "path": path,
        "exists": exists,
        "device": space.device if space else None,
        "total": space.total if space else None,
        "used": space.used if space else None,
        "free": space.free if space else None,
        "filesystem": mount.kind if mount else None,
        "mount_point": mount.point if mount else None,
        "mount_options": mount.options if mount else [],
        # What is not there yet will lie where its nearest parent lies; nothing is made in that one.
        "case_sensitive": is_case_sensitive(path, may_write) if exists else is_case_sensitive(_nearest(path), False),
    }


def related(one: str, other: str) -> Optional[str]:
    """``same``, ``inside`` (``one`` lies in ``other``), ``around`` (the other way) or ``None``; links are followed."""
    first, second = os.path.realpath(one), os.path.realpath(other)
    return relation(first, second)


def relation(first: str, second: str) -> Optional[str]:
    """As :func:`related`, for paths of another host: nothing is looked up here."""
    left, right = _parts(first), _parts(second)
    if left == right:
        return "same"
    if left[: len(right)] == right:
        return "inside"
    return "around" if right[: len(left)] == left else None


def _parts(path: str) -> Tuple[str, ...]:
    return tuple(part for part in os.path.normpath(path).split("/") if part)


def _nearest(path: str) -> str:
    while path and not os.path.exists(path) and path != "/":
        path = os.path.dirname(path.rstrip("/"))
    return path or "/"


def _same_entry(one: str, other: str) -> bool:
    try:
        return os.path.samestat(os.lstat(one), os.lstat(other))
    except OSError:
        return False
