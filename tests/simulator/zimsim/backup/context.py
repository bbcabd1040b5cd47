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
    def shutting_down(self) -> bool:
        return self._shutdown

    @property
    def seconds(self) -> float:
        """Time since the operation left the queue."""
        return time.monotonic() - self._began

    def fault(self, name: str) -> Mapping[str, Any] | None:
        """Settings of a fault, None when it is not set or meant for another operation."""
        settings = self._faults.active(name)
        if settings is None:
            return None
        wanted = str(settings.get("operation", "")).lower()
        return settings if wanted in ("", self.operation.name.lower()) else None

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
