#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HOME/conf/localconfig.xml: a flat document of keys and values."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

_REFERENCE = re.compile(r"\$\{([^}]+)\}")


def read_localconfig(path: Path) -> dict[str, str]:
    """Key to value, references to other keys as they are written."""
    root = ElementTree.parse(path).getroot()
    return {key.get("name", ""): (key.findtext("value") or "").strip() for key in root.iter("key")}


def expand(value: str, values: dict[str, str]) -> str:
    """``${other_key}`` replaced, through several steps; an unknown or circular one stays."""
    for _ in range(len(values) + 1):
        replaced = _REFERENCE.sub(lambda match: values.get(match[1], match[0]), value)
        if replaced == value:
            break
        value = replaced
    return value


def write_localconfig(path: Path, values: dict[str, str]) -> None:
    """Replaces the file as a whole; owner and mode stay."""
    root = ElementTree.Element("localconfig")
    for name in sorted(values):
        key = ElementTree.SubElement(root, "key", name=name)
        ElementTree.SubElement(key, "value").text = values[name]
    ElementTree.indent(root, "  ")
    text = ElementTree.tostring(root, encoding="unicode")
    partial = path.with_name(f".{path.name}.new")
    partial.touch(mode=0o600)
    partial.write_text(f'<?xml version="1.0" encoding="UTF-8"?>\n\n{text}\n', encoding="utf-8")
    partial.chmod(path.stat().st_mode & 0o777)
    partial.replace(path)
