#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bencoding of the ``metadata`` column (R46): dictionaries with sorted keys, numbers, texts.

The platform counts UTF-16 units, not bytes, in front of a text (``6:Müster``; an emoji counts two), so texts are
taken apart in that form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Value = int | str | Mapping[str, "Value"] | Sequence["Value"]


def encode(value: Value) -> str:
    if isinstance(value, bool):
        return encode("true" if value else "false")
    if isinstance(value, int):
        return f"i{value}e"
    if isinstance(value, str):
        return f"{_units(value)}:{value}"
    if isinstance(value, Mapping):
        return "d" + "".join(encode(key) + encode(value[key]) for key in sorted(value)) + "e"
    return "l" + "".join(encode(part) for part in value) + "e"


def decode(text: str) -> dict[str, Value]:
    """The dictionary in ``text`` ({} for none); ValueError for anything else."""
    if not text:
        return {}
    value, end = _decode(_widen(text), 0)
    if not isinstance(value, dict) or end != _units(text):
        raise ValueError("not one bencoded dictionary")
    return value


def _units(text: str) -> int:
    return len(text) if _is_narrow(text) else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _is_narrow(text: str) -> bool:
    return text.isascii() or max(text) <= "\uffff"


def _widen(text: str) -> str:
    """One character for each UTF-16 unit."""
    if _is_narrow(text):
        return text
    raw = text.encode("utf-16-le", "surrogatepass")
    return "".join(chr(raw[at] | raw[at + 1] << 8) for at in range(0, len(raw), 2))


def _join(text: str) -> str:
    """The text whose UTF-16 units are the characters of ``text``."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _decode(text: str, at: int) -> tuple[Value, int]:
    try:
        kind = text[at]
        if kind == "i":
            end = text.index("e", at)
            return int(text[at + 1 : end]), end + 1
        if kind == "d":
            mapping: dict[str, Value] = {}
            at += 1
            while text[at] != "e":
                key, at = _decode(text, at)
                mapping[str(key)], at = _decode(text, at)
            return mapping, at + 1
        if kind == "l":
            parts: list[Value] = []
            at += 1
            while text[at] != "e":
                part, at = _decode(text, at)
                parts.append(part)
            return parts, at + 1
        colon = text.index(":", at)
        end = colon + 1 + int(text[at:colon])
    except IndexError:
        raise ValueError("bencoded text ends early") from None
    if end > len(text):
        raise ValueError("bencoded text ends early")
    return _join(text[colon + 1 : end]), end
