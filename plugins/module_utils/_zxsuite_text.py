# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text form of structured answers: ``key<two or more blanks>value`` lines, nested by indentation.

Padding width is not constant and keys show blanks or underscores for the same thing (reference: zextras-cli 1.6), so
keys are compared through :func:`plain_key`. Everything here is pure.
"""

import re
from typing import Any, Dict, Iterator, List, Optional, Tuple

# Two columns, or a label with a colon as in notifications.
_SPLIT = re.compile(r":?\s{2,}|(?<=\w):\s+")


def plain_key(key: str) -> str:
    """``Operation Id:``, ``operation_id`` and ``operationId`` are one key: letters and digits in lower case."""
    return re.sub(r"[^a-z0-9]", "", key.lower())


def parse_text(text: str) -> Any:
    """Nested dictionaries of the lines; a section whose keys repeat becomes a list of dictionaries.

    A line without a value opens a section; when nothing is nested below it, its value is an empty dictionary.
    Values stay text.
    """
    lines = []
    for line in text.splitlines():
        content = line.expandtabs(8).rstrip()
        if content.strip():
            lines.append((len(content) - len(content.lstrip()), content.strip()))
    value, _end = _section(lines, 0, -1)
    return value


def _section(lines: List[Tuple[int, str]], position: int, parent: int) -> Tuple[Any, int]:
    records: List[Dict[str, Any]] = [{}]
    while position < len(lines) and lines[position][0] > parent:
        indent, content = lines[position]
        position += 1
        parts = _SPLIT.split(content, maxsplit=1)
        key = parts[0].rstrip(":")
        nested = position < len(lines) and lines[position][0] > indent
        if len(parts) == 2:
            value: Any = parts[1].strip()
        elif nested:
            value, position = _section(lines, position, indent)
        else:
            value = {}
        if key in records[-1]:
            records.append({})
        records[-1][key] = value
    return (records[0] if len(records) == 1 else records), position


def walk(value: Any) -> Iterator[Dict[str, Any]]:
    """Every dictionary inside ``value``, outermost first."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner)


def find(value: Any, *names: str) -> Optional[Any]:
    """The first value, anywhere inside, whose key is one of ``names`` (in the sense of :func:`plain_key`)."""
    wanted = [plain_key(name) for name in names]
    for dictionary in walk(value):
        for key, inner in dictionary.items():
            if plain_key(str(key)) in wanted:
                return inner
    return None


def truth(value: Any) -> Optional[bool]:
    """``true``/``TRUE``/``True`` as a boolean, ``None`` for anything that is neither true nor false."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(str(value).strip().lower())


def number(value: Any) -> Optional[int]:
    """An integer written as a number or as text, with or without separators for thousands; else ``None``."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return int(value)
    digits = str(value).strip().replace(",", "")
    return int(digits) if re.match(r"^-?\d+$", digits) else None
