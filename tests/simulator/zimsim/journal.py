#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One JSON line for every mutating call, so that a test can prove that none was made.

Line: ``seq`` (1, 2, ...), ``time`` (seconds since 1970), ``surface`` (soap rest command smtp lmtp backup fill),
``caller`` (account, program or peer), ``action``, ``target``, and what else the action says.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_TAIL = 64 * 1024


class Journal:
    """Several processes may append: a file lock orders them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._seq = 0
        self._size = -1

    def record(self, surface: str, caller: str, action: str, target: str, **details: Any) -> int:
        """Appends one line; its sequence number."""
        with self._lock:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o640)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                size = os.fstat(handle).st_size
                if size != self._size:
                    self._seq = self._last_seq(handle, size)
                self._seq += 1
                line = {
                    "seq": self._seq, "time": round(time.time(), 3), "surface": surface, "caller": caller,
                    "action": action, "target": target, **details,
                }  # fmt: skip
                raw = json.dumps(line, ensure_ascii=False).encode() + b"\n"
                os.write(handle, raw)
                self._size = size + len(raw)
            finally:
                os.close(handle)
            return self._seq

    @staticmethod
    def _last_seq(handle: int, size: int) -> int:
        if size == 0:
            return 0
        tail = os.pread(handle, min(_TAIL, size), max(0, size - _TAIL))
        return int(json.loads(tail.splitlines()[-1])["seq"])

    def lines(self, since: int = 0) -> Iterator[dict[str, Any]]:
        """Lines with a sequence number above ``since``."""
        try:
            stream = self.path.open(encoding="utf-8")
        except FileNotFoundError:
            return
        with stream:
            for line in stream:
                if not line.endswith("\n"):
                    return
                entry: dict[str, Any] = json.loads(line)
                if entry["seq"] > since:
                    yield entry

    def count(self, since: int = 0) -> int:
        return sum(1 for _ in self.lines(since))
