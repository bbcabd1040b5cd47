#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on demand, kept in a file so that they can be set while the server runs and while it does not.

A fault is a name with parameters; ``count`` limits how often it strikes. What each name does is listed in the README.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Parameters = dict[str, Any]

NAMES = (
    "interrupt", "unreachable", "unrestored", "disk_full", "licence_expired", "slow", "vanish", "missing_blob",
    "truncated_export", "export_ends_early", "empty_export", "drop_connection",
)  # fmt: skip


class Faults:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._cached: dict[str, Parameters] = {}

    def list(self) -> dict[str, Parameters]:
        """Every fault that is set, with its parameters."""
        try:
            status = self._path.stat()
        except FileNotFoundError:
            self._seen, self._cached = None, {}
            return {}
        seen = (status.st_mtime_ns, status.st_size, status.st_ino)
        if seen != self._seen:
            self._cached = json.loads(self._path.read_text(encoding="utf-8"))
            self._seen = seen
        return self._cached

    def active(self, name: str) -> Parameters | None:
        """The parameters of a fault that is set; does not use up its ``count``."""
        found = self.list().get(name)
        return dict(found) if found is not None else None

    def consume(self, name: str) -> Parameters | None:
        """As ``active``, and one use less of its ``count``; the last use clears it."""
        if name not in self.list():
            return None
        with self._edit() as faults:
            found = faults.get(name)
            if found is None:
                return None
            parameters = dict(found)
            if "count" in found:
                found["count"] = int(found["count"]) - 1
                if found["count"] <= 0:
                    del faults[name]
            return parameters

    def set(self, name: str, parameters: Parameters | None = None) -> None:
        """ValueError for a name no part knows."""
        if name not in NAMES:
            raise ValueError(f"unknown fault {name}; known: {', '.join(NAMES)}")
        with self._edit() as faults:
            faults[name] = dict(parameters or {})

    def clear(self, name: str | None = None) -> None:
        """One fault, or all."""
        with self._edit() as faults:
            if name is None:
                faults.clear()
            else:
                faults.pop(name, None)

    @contextmanager
    def _edit(self) -> Iterator[dict[str, Parameters]]:
        lock = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o640)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            faults: dict[str, Parameters] = {}
            if self._path.exists():
                faults = json.loads(self._path.read_text(encoding="utf-8"))
            yield faults
            temporary = self._path.with_suffix(".new")
            temporary.write_text(json.dumps(faults), encoding="utf-8")
            temporary.replace(self._path)
        finally:
            os.close(lock)


def lost_item(faults: Faults, account_id: str, name: str) -> int | None:
    """The item of an account that the fault ``missing_blob`` (account, item) takes the file from."""
    found = faults.active("missing_blob")
    if found is None or found.get("account") not in (account_id, name):
        return None
    return int(found["item"])
