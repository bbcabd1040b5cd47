#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which program is answered by which function.

A module of programs offers ``PROGRAMS: dict[str, Program]``, a program ``run(ctx) -> exit status``.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable

from zimsim.commands.context import CommandContext
from zimsim.config import Config

Program = Callable[[CommandContext], int]
# Programs by product; the modules give PROGRAMS for these names.
MODULES = (
    "zimsim.commands.zmprov",
    "zimsim.commands.zmmailbox",
    "zimsim.commands.zmcontrol",
    "zimsim.commands.zmlocalconfig",
    "zimsim.commands.zxsuite",
)
_COMMON = ("zmprov", "zmmailbox", "zmcontrol", "zmlocalconfig")


def program_names(config: Config) -> tuple[str, ...]:
    """What HOME/bin holds: ``zxsuite`` on Zimbra, ``carbonio`` on Carbonio."""
    return (*_COMMON, "carbonio" if config.is_carbonio else "zxsuite")


def load(config: Config) -> dict[str, Program]:
    """The programs of this product by name."""
    found: dict[str, Program] = {}
    for module in MODULES:
        found.update(importlib.import_module(module).PROGRAMS)
    return {name: found[name] for name in program_names(config)}
