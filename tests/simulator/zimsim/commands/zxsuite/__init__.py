# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-ins of `zxsuite` (Zextras Suite, NG modules) and `carbonio`: arguments, help, answers as text and as JSON."""

from __future__ import annotations

from zimsim.commands.zxsuite.program import run

PROGRAMS = {"zxsuite": run, "carbonio": run}
