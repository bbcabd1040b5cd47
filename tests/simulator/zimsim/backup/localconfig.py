# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The few keys of conf/localconfig.xml that operations look at."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path


def read_localconfig(home: Path) -> dict[str, str]:
    """Keys with their values; empty where the file is missing or no XML."""
    try:
        root = ElementTree.parse(home / "conf" / "localconfig.xml").getroot()
    except (OSError, ElementTree.ParseError):
        return {}
    return {str(key.get("name")): (key.findtext("value") or "").strip() for key in root.iter("key")}
