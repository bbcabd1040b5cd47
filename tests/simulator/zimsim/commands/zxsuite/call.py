# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One call of one command, and what its handler gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zimsim.backup.requests import is_true, listed
from zimsim.commands.zxsuite.specs import Command

if TYPE_CHECKING:
    from zimsim.backup.service import BackupModule
    from zimsim.commands.context import CommandContext


@dataclass
class Call:
    """Parameters by name; booleans, lists and numbers are still text."""

    ctx: CommandContext
    backup: BackupModule
    module: str
    command: Command
    values: Mapping[str, str]

    def text(self, name: str) -> str:
        return self.values.get(name, "")

    def true(self, name: str) -> bool:
        return is_true(self.values, name)

    def listed(self, name: str) -> list[str]:
        return listed(self.values, name)


@dataclass
class Answer:
    """`response` is what JSON carries; `text` replaces its text form; `operation` is the id of what was started."""

    response: Any = field(default_factory=dict)
    text: str | None = None
    operation: str | None = None


Handler = Callable[[Call], Answer]
