# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Count what a sender sent against what lies on a server, without the help of the collection."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maillab.servers import MailServer, zimsim_status

SETTLE_SECONDS = 60


@dataclass(frozen=True)
class Tally:
    """Messages the sender was told were accepted, and where they are. lost and doubled: (recipient, Message-ID)."""

    sent: int
    found: int
    lost: list[tuple[str, str]]
    doubled: list[tuple[str, str]]

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.sent + other.sent, self.found + other.found, self.lost + other.lost, self.doubled + other.doubled
        )

    @property
    def clean(self) -> bool:
        return self.sent > 0 and not self.lost and not self.doubled


def tally(server: MailServer, log: Path) -> Tally:
    """Compare the sender's log with the stores of the server, read directly."""
    _status, out, _err = zimsim_status("inspect", server.directory, "--sent", log, "--json")
    found: dict[str, Any] = json.loads(out)
    return Tally(found["accepted"], found["found"], _named(found["lost"]), _named(found["doubled"]))


def _named(entries: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(entry["recipient"], entry["message_id"]) for entry in entries]


def waiting(server: MailServer) -> int:
    """Messages in the server's queue, in whatever state, counted on its disk."""
    return len(list((server.home / "data" / "postfix" / "spool" / "messages").glob("[!.]*")))


def settle(*servers: MailServer, seconds: float = SETTLE_SECONDS) -> None:
    """Wait until no queue holds a message any more."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not any(waiting(server) for server in servers):
            return
        time.sleep(0.2)
    raise RuntimeError(f"mail is still queued after {seconds:.0f} s: {[waiting(server) for server in servers]}")
