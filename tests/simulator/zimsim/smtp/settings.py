#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The MTA's times and routes: ``HOME/.zimsim/mta.json``, read at the start; what is not named there has a default.

The defaults are a simulator's: a deferred message is tried again after seconds, not after five minutes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from zimsim.config import STATE, SWITCHES

# Whether mail in the queue keeps the transport it was first given until it is requeued (zimbra-operations.md 6.2:
# "needed after a transport change for mail already queued").
KEEPS_ROUTE = "queued_mail_keeps_route"
SWITCHES.setdefault(KEEPS_ROUTE, True)


@dataclass(frozen=True)
class MtaSettings:
    """Times in seconds. ``mx`` stands in for DNS: mail domain to ``host:port``."""

    minimal_backoff: float = 2.0
    maximal_backoff: float = 60.0
    queue_lifetime: float = 5 * 86_400.0
    connect_timeout: float = 10.0
    hop_limit: int = 50
    concurrency: int = 8
    mx: dict[str, str] = field(default_factory=dict)

    def backoff(self, attempts: int) -> float:
        """How long to wait after that many failed attempts: doubling up to the longest."""
        return min(self.minimal_backoff * 2.0 ** min(attempts, 30), self.maximal_backoff)


def load_settings(home: Path) -> MtaSettings:
    """TypeError for an unknown name, ValueError for a broken file."""
    path = home / STATE / "mta.json"
    if not path.exists():
        return MtaSettings()
    return MtaSettings(**json.loads(path.read_text(encoding="utf-8")))
