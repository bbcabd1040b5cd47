#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``zmmailbox``: what is in a mailbox, exports and imports, from the command line."""

from __future__ import annotations

from zimsim.commands.registry import Program
from zimsim.commands.zmmailbox.program import run

PROGRAMS: dict[str, Program] = {"zmmailbox": run}
