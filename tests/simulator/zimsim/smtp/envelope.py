#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One message in the queue without its bytes: who sent it, who still waits for it, why, and until when."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

INCOMING = "incoming"
ACTIVE = "active"
DEFERRED = "deferred"
HOLD = "hold"
CORRUPT = "corrupt"
STATES = (INCOMING, ACTIVE, DEFERRED, HOLD, CORRUPT)


@dataclass(slots=True)
class Recipient:
    """One address that has not had the message yet.

    ``original`` is what the client named, ``address`` what the alias maps made of it. ``transport`` is empty until the
    queue manager has looked it up. ``reason`` is the last reply that deferred it.
    """

    original: str
    address: str
    transport: str = ""
    reason: str = ""
    dsn: str = ""


@dataclass(slots=True)
class QueueEntry:
    """``arrived`` and ``next_attempt`` are seconds since 1970; ``sender`` is empty for bounces."""

    id: str
    sender: str
    recipients: list[Recipient]
    arrived: float
    size: int
    client_name: str = "localhost"
    client_address: str = "127.0.0.1"
    attempts: int = 0
    next_attempt: float = 0.0
    state: str = field(default=INCOMING, compare=False)

    def to_json(self) -> str:
        facts = asdict(self)
        del facts["state"]
        return json.dumps(facts, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str, state: str) -> QueueEntry:
        """Raises ValueError, KeyError or TypeError for a damaged file."""
        facts: dict[str, Any] = json.loads(text)
        recipients = [Recipient(**each) for each in facts.pop("recipients")]
        return cls(**facts, recipients=recipients, state=state)

    @property
    def reason(self) -> str:
        """The last reason for deferring, of the first recipient that has one."""
        return next((each.reason for each in self.recipients if each.reason), "")
