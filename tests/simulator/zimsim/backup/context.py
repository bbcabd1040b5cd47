# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a running operation calls between two items: stop requests, faults, the speed limit."""

from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Mapping
from typing import Any, Protocol

from zimsim.backup.errors import OperationInterrupted, OperationStopped
from zimsim.backup.progress import Progress
from zimsim.backup.records import Operation

FAULT_CHECK_SECONDS = 0.1


class FaultSource(Protocol):
    """The server's faults, as far as operations ask for them."""

    def active(self, name: str) -> Mapping[str, Any] | None:
        """Settings of a fault that is set, None if it is not."""
        ...

    def consume(self, name: str) -> Mapping[str, Any] | None:
        """As `active`, and one use less of its `count`."""
        ...

    def clear(self, name: str | None = None) -> None:
        """Unset a fault."""
        ...


def is_true(value: object) -> bool:
    """A fault's setting may come as text."""
    return str(value).lower() in ("1", "true", "yes")


class OperationContext:
    """One run of one operation; used by the worker thread alone, except for the two requests at the top."""

    def __init__(self, operation: Operation, progress: Progress, faults: FaultSource) -> None:
        self.operation = operation
        self.progress = progress
        self._faults = faults
        self._stop = False
        self._shutdown = False
        self._began = time.monotonic()
        self._next_check = 0.0
        self._steps = 0
        self._seen: dict[str, tuple[float, Mapping[str, Any] | None]] = {}
        self._slow_since: tuple[float, int] | None = None
        self._rate = 0.0
        self._interrupt_at: float | None = None
        self._crash = False
        self._disk_full_at: float | None = None

    def request_stop(self) -> None:
        """End at the next item (doStopOperation)."""
        self._stop = True

    def request_shutdown(self) -> None:
        """The server is going down: leave everything as it is at the next item."""
        self._shutdown = True

    @property
    def rate(self) -> float:
        """Items a second the fault `slow` allows, 0 when it is not set."""
        return self._rate

    @property
    def shutting_down(self) -> bool:
        return self._shutdown

    @property
    def seconds(self) -> float:
        """Time since the operation left the queue."""
        return time.monotonic() - self._began

    def fault(self, name: str) -> Mapping[str, Any] | None:
        """Settings of a fault, None when it is not set or meant for another operation."""
        now = time.monotonic()
        known = self._seen.get(name)
        if known is not None and now < known[0]:
            return known[1]
        settings = self._faults.active(name)
        if settings is not None:
            wanted = str(settings.get("operation", "")).lower()
            settings = settings if wanted in ("", self.operation.name.lower()) else None
        self._seen[name] = (now + FAULT_CHECK_SECONDS, settings)
        return settings

    def _read_faults(self) -> None:
        interrupt = self.fault("interrupt")
        self._interrupt_at = float(interrupt.get("at", 50)) if interrupt is not None else None
        self._crash = interrupt is not None and is_true(interrupt.get("crash", "false"))
        full = self.fault("disk_full")
        self._disk_full_at = float(full.get("at", 0)) if full is not None else None
        slow = self.fault("slow")
        rate = float(slow.get("items_per_second", 10)) if slow is not None else 0.0
        if rate != self._rate:
            self._rate = rate
            self._slow_since = (time.monotonic(), self._steps) if rate > 0 else None

    def _spend(self, name: str) -> None:
        """A server crashes once: without a `count` of its own the fault is used up."""
        settings = self._faults.consume(name)
        if settings is not None and "count" not in settings:
            self._faults.clear(name)

    def check(self) -> None:
        """Raise OperationStopped or OperationInterrupted when it is time to end."""
        if self._shutdown:
            raise OperationInterrupted("the server is going down")
        if self._stop:
            raise OperationStopped("the operation was stopped")
        now = time.monotonic()
        if now >= self._next_check:
            self._next_check = now + FAULT_CHECK_SECONDS
            self._read_faults()
        if self._interrupt_at is not None and self.progress.percent >= self._interrupt_at:
            self._spend("interrupt")
            if self._crash:
                os.kill(os.getpid(), signal.SIGKILL)
            raise OperationInterrupted("the mail server ended")

    def step(self, count: int = 1) -> None:
        """`count` items are done; keeps to the speed of the fault `slow`."""
        self._steps += count
        self.check()
        while self._slow_since is not None:
            since, steps = self._slow_since
            wait = since + (self._steps - steps) / self._rate - time.monotonic()
            if wait <= 0:
                break
            time.sleep(min(wait, FAULT_CHECK_SECONDS))
            self.check()

    def require_space(self) -> None:
        """Raise OSError(ENOSPC) where the fault `disk_full` says the disk is full."""
        if self._disk_full_at is not None and self.progress.percent >= self._disk_full_at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
