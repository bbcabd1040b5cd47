# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn the output of ansible-playbook into the few lines one would read aloud to a colleague."""

from __future__ import annotations

import re
import sys
import time

_TASK = re.compile(r"^(?:TASK|RUNNING HANDLER) \[(?P<name>.*)\] \*+")
_PROGRESS = re.compile(r"^\[[\w.-]+\] ")
_BOLD, _DIM, _GREEN, _RED, _END = "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[31m", "\x1b[0m"


class Narrator:
    """Prints headings, what changed, progress and failures; everything else stays in the log."""

    def __init__(self) -> None:
        self._colours = sys.stdout.isatty()
        self._begun = time.monotonic()
        self._task = ""
        self._failed = False

    def heading(self, text: str) -> None:
        self._task, self._failed = "", False
        self._print(f"\n{self._paint(_BOLD, text)}")

    def say(self, text: str) -> None:
        self._print(f"  {text}")

    def verdict(self, good: bool, text: str) -> None:
        self._print(f"  {self._paint(_GREEN if good else _RED, text)}")

    def line(self, line: str) -> None:
        """Take one line of ansible-playbook's output."""
        task = _TASK.match(line)
        if task:
            self._task = task["name"].removeprefix("mailops.zimbra.")
        elif line.startswith("changed: ") and self._task:
            self._print(f"  {self._clock()}  {self._task}")
            self._task = ""
        elif _PROGRESS.match(line):
            self._print(f"  {self._clock()}    {self._paint(_DIM, line)}")
        elif line.startswith(("fatal: ", "failed: ")) or self._failed:
            self._failed = bool(line.strip())
            self._print(f"  {self._paint(_RED, line)}")

    def _clock(self) -> str:
        seconds = int(time.monotonic() - self._begun)
        return self._paint(_DIM, f"{seconds // 60:02d}:{seconds % 60:02d}")

    def _paint(self, code: str, text: str) -> str:
        return f"{code}{text}{_END}" if self._colours else text

    def _print(self, text: str) -> None:
        print(text, flush=True)
