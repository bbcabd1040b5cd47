#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``zmcontrol``: version and state of the services; nothing is stopped while this process answers."""

from __future__ import annotations

import os

from zimsim.commands import standalone
from zimsim.commands.context import CommandContext
from zimsim.commands.registry import Program


def run(context: CommandContext) -> int:
    home = os.fspath(context.server.config.home)
    return standalone.zmcontrol(home, context.argv, context.uid, context.out, context.err, {})


PROGRAMS: dict[str, Program] = {"zmcontrol": run}
