# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes every module into ``action_groups`` of meta/runtime.yml; a meta test compares the two."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNTIME = ROOT / "meta" / "runtime.yml"
GROUP = re.compile(r"^action_groups:\n(?:  .*\n)*", re.MULTILINE)


def modules() -> list[str]:
    """The names of all modules, sorted."""
    return sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("[!_]*.py"))


def render(text: str) -> str:
    """``text`` of meta/runtime.yml with the group ``all`` holding exactly the present modules."""
    lines = "".join(f"    - {name}\n" for name in modules())
    new, count = GROUP.subn(f"action_groups:\n  all:\n{lines}" if lines else "action_groups:\n  all: []\n", text)
    if count != 1:
        raise ValueError(f"{RUNTIME} has no action_groups to fill")
    return new


if __name__ == "__main__":
    RUNTIME.write_text(render(RUNTIME.read_text()))
    sys.exit(0)
