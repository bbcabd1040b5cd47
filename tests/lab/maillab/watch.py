# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watch the process list for things that must not be in it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_PAUSE = 0.01


@dataclass
class Watch:
    """Which secrets were seen, and in how many looks at how many argument lists."""

    secrets: tuple[str, ...]
    seen: set[str] = field(default_factory=set)
    command_lines: set[str] = field(default_factory=set)

    def look(self) -> None:
        for process in Path("/proc").iterdir():
            if not process.name.isdigit():
                continue
            try:
                line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            self.command_lines.add(line)
            self.seen.update(f"{secret} in: {line}" for secret in self.secrets if secret in line)


@contextmanager
def watching(*secrets: str) -> Iterator[Watch]:
    """Look at every argument list again and again until the block ends."""
    watch, stop = Watch(secrets), threading.Event()

    def run() -> None:
        while not stop.wait(_PAUSE):
            watch.look()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        stop.set()
        thread.join()
