#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``zmprov``: provisioning from the command line, with the real program's output, exit statuses and traps."""

from __future__ import annotations

from zimsim.commands.context import CommandContext
from zimsim.commands.registry import Program
from zimsim.commands.zmprov.program import run

PROGRAMS: dict[str, Program] = {"zmprov": run}

__all__ = ["PROGRAMS", "CommandContext", "run"]
