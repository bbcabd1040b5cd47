#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``zmlocalconfig``: prints and changes HOME/conf/localconfig.xml."""

from __future__ import annotations

import os

from zimsim.commands import standalone
from zimsim.commands.context import CommandContext
from zimsim.commands.registry import Program


def run(context: CommandContext) -> int:
    """As the program runs by itself; a change is journalled."""
    config = context.server.config
    path = config.localconfig
    before = path.read_bytes()
    # Where a laboratory runs as root, root is the service user too, and may edit as that.
    as_root = context.uid == 0 and config.service_user != "root"
    status = standalone.zmlocalconfig(os.fspath(path), context.argv, as_root, context.out, context.err)
    if path.read_bytes() != before:
        context.journal("edit localconfig", os.fspath(path))
    return status


PROGRAMS: dict[str, Program] = {"zmlocalconfig": run}
