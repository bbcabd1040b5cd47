# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One long operation as a job, and the world its loop works in. Knows no Ansible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

Result = dict[str, Any]

ALIVE = ("queued", "running", "stopping")


class World(Protocol):
    """What the loop needs: one module call each way, clocks, and somebody to talk to."""

    def step(self, arguments: dict[str, Any]) -> Result:
        """Run ``zxsuite_backup`` once with these on top of the task's arguments; its result, failed or not."""

    def ledger(self, action: str, arguments: dict[str, Any]) -> Result:
        """Run ``migration_ledger`` once; its result, failed or not."""

    def ledger_clock(self) -> float | None:
        """The wall clock of the ledger's host in seconds since the epoch, ``None`` when it cannot be read."""

    def say(self, line: str) -> None:
        """Show a line to whoever watches."""

    def monotonic(self) -> float:
        """A steady clock in seconds."""

    def wall(self) -> float:
        """The controller's wall clock, seconds since the epoch."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


@dataclass(frozen=True)
class Job:
    """What is to be done. ``key`` is (unit, pass), or None without a ledger.

    ``parameters``: those of the idempotency key. ``host``: inventory host the operation runs on. ``claimant``: name of
    this run of the controller. ``timeout``, ``poll_interval``: seconds.
    """

    operation: str
    title: str
    prefix: str
    timeout: float
    poll_interval: float
    key: tuple[str, int] | None
    parameters: dict[str, Any]
    host: str
    claimant: str
    check_mode: bool
    operation_id: str | None = None

    def timed_out(self, text: str, operation_id: str | None = None) -> Result:
        """The failure when the time is over; what runs on the server goes on."""
        name = f"{self.title} {operation_id}" if operation_id else self.title
        return {
            "failed": True,
            "error": "OperationTimeout",
            "operation_id": operation_id,
            "msg": f"{name} did not end within timeout={self.timeout:g} s: {text}. "
            "Run the same task again to go on waiting, with a larger 'timeout' if that is normal here.",
        }
