# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operation is: identity, states, parameters, end."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """`state` of getAllOperations and getOperationLog."""

    QUEUED = "Queued"
    STARTED = "Started"
    STOPPING = "Stopping"
    FINISHED = "Finished"


class Outcome(StrEnum):
    """`type` of getOperationLog. Only Finished and Exception are known, the other spellings are guesses."""

    FINISHED = "Finished"
    EXCEPTION = "Exception"
    STOPPED = "Stopped"
    REMOVED = "Removed"
    INTERRUPTED = "Interrupted"


def now_ms() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


@dataclass
class Operation:
    """One long-running job of a module.

    Times are epoch milliseconds. `progress` is the last block a monitor would print, kept so that it survives the end.
    """

    module: str
    name: str
    desc_name: str
    host: str
    server_id: str
    parameters: dict[str, Any]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    queued_ms: int = field(default_factory=now_ms)
    start_ms: int | None = None
    end_ms: int | None = None
    state: State = State.QUEUED
    outcome: Outcome | None = None
    error: str = ""
    progress: str = ""

    def to_json(self) -> str:
        """One line for the database."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Operation:
        """The operation a line of the database holds."""
        values = json.loads(text)
        values["state"] = State(values["state"])
        values["outcome"] = Outcome(values["outcome"]) if values["outcome"] else None
        return cls(**values)
