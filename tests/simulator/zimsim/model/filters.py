#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""LDAP search filters over entries: ``(&(uid=a*)(!(mail=*)))`` (RFC 4515 without extensible matches)."""

from __future__ import annotations

import re
from collections.abc import Callable

from zimsim.model.entries import Attributes

Predicate = Callable[[Attributes], bool]
_SIMPLE = re.compile(r"\s*([A-Za-z][A-Za-z0-9;.-]*)\s*(>=|<=|~=|=)(.*)\Z", re.DOTALL)
_ESCAPE = re.compile(r"(?:\\[0-9a-fA-F]{2})+")


class FilterError(ValueError):
    """The text is no filter."""


def compile_filter(text: str) -> Predicate:
    """Attribute names and values are compared without regard to case. An empty text matches everything."""
    text = text.strip()
    if not text:
        return lambda _: True
    if not text.startswith("("):
        text = f"({text})"
    if text.count("(") != text.count(")"):
        raise FilterError("mismatched number of opening and closing parentheses")
    predicate, end = _parse(text, 0)
    if text[end:].strip():
        raise FilterError("text behind the filter")
    return predicate


def _parse(text: str, at: int) -> tuple[Predicate, int]:
    if text[at : at + 1] != "(":
        raise FilterError(f"no parenthesis at {at}")
    kind = text[at + 1 : at + 2]
    if kind in ("&", "|"):
        parts, at = _parse_many(text, at + 2)
        combined = _all(parts) if kind == "&" else _any(parts)
        return combined, at + 1
    if kind == "!":
        inner, at = _parse(text, at + 2)
        if text[at : at + 1] != ")":
            raise FilterError("a negation holds one filter")
        return lambda attrs: not inner(attrs), at + 1
    end = text.find(")", at)
    if end < 0:
        raise FilterError("a parenthesis is not closed")
    return _simple(text[at + 1 : end]), end + 1


def _parse_many(text: str, at: int) -> tuple[list[Predicate], int]:
    parts = []
    while text[at : at + 1] == "(":
        part, at = _parse(text, at)
        parts.append(part)
    if text[at : at + 1] != ")":
        raise FilterError("a parenthesis is not closed")
    return parts, at


def _all(parts: list[Predicate]) -> Predicate:
    return lambda attrs: all(part(attrs) for part in parts)


def _any(parts: list[Predicate]) -> Predicate:
    return lambda attrs: any(part(attrs) for part in parts)


def _unescaped(text: str) -> str:
    """``\\c3\\bc`` are the bytes of one character."""
    return _ESCAPE.sub(lambda match: bytes.fromhex(match[0].replace("\\", "")).decode(errors="replace"), text)


def _simple(text: str) -> Predicate:
    match = _SIMPLE.match(text)
    if match is None:
        raise FilterError(f"no comparison: {text}")
    name, operator, value = match[1].lower(), match[2], match[3]
    if operator == "=" and "*" in value:
        pattern = ".*".join(re.escape(_unescaped(part)) for part in value.split("*"))
        expression = re.compile(pattern, re.IGNORECASE | re.DOTALL)
        return lambda attrs: any(expression.fullmatch(each) for each in _values(attrs, name))
    wanted = _unescaped(value).casefold()
    if operator in ("=", "~="):
        return lambda attrs: any(each.casefold() == wanted for each in _values(attrs, name))
    if operator == ">=":
        return lambda attrs: any(each.casefold() >= wanted for each in _values(attrs, name))
    return lambda attrs: any(each.casefold() <= wanted for each in _values(attrs, name))


def _values(attrs: Attributes, name: str) -> list[str]:
    for key, values in attrs.items():
        if key.lower() == name:
            return values
    return []
