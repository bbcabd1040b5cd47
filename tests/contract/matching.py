#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparing an answer with what a case expects.

Expected text may hold ``{name}``: the first time it takes any value, later the same one. ``*`` stands for anything.
Expected XML must have the same elements; an attribute ``_="any"`` on an element lets it have more attributes and
children than shown, in any order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree

_PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_]*)\}|\*")


class Mismatch(AssertionError):
    """What differs and where."""


class Values(dict[str, str]):
    """The placeholders' values of a scenario."""

    def fill(self, text: str) -> str:
        """Known placeholders are put in; others stay."""
        return re.sub(r"\{([a-z_][a-z0-9_]*)\}", lambda found: self.get(found[1], found[0]), text)

    def match(self, expected: str, actual: str, where: str) -> None:
        """Takes the values of placeholders that are new."""
        pattern, names, end = "", [], 0
        for found in _PLACEHOLDER.finditer(expected):
            pattern += re.escape(expected[end : found.start()])
            end = found.end()
            name = found[1]
            if name is None:
                pattern += "(?:.*?)"
            elif name in self:
                pattern += re.escape(self[name])
            elif name in names:
                pattern += f"(?P={name})"
            else:
                names.append(name)
                pattern += f"(?P<{name}>.*?)"
        pattern += re.escape(expected[end:])
        match = re.fullmatch(pattern, actual, re.DOTALL)
        if match is None:
            raise Mismatch(f"{where}: expected {self.fill(expected)!r}, found {actual!r}")
        self.update({name: match[name] for name in names})


def match_xml(expected: ElementTree.Element, actual: ElementTree.Element, values: Values, where: str = "") -> None:
    where = f"{where}/{_local(actual.tag)}"
    loose = expected.attrib.get("_") == "any"
    if expected.tag != actual.tag:
        raise Mismatch(f"{where}: expected {expected.tag}")
    wanted = {name: value for name, value in expected.attrib.items() if name != "_"}
    missing = wanted.keys() - actual.attrib.keys()
    extra = set() if loose else actual.attrib.keys() - wanted.keys()
    if missing or extra:
        raise Mismatch(f"{where}: attributes missing {sorted(missing)}, too many {sorted(extra)}")
    for name, value in wanted.items():
        values.match(value, actual.attrib[name], f"{where}@{name}")
    if (expected.text or "").strip():
        values.match((expected.text or "").strip(), (actual.text or "").strip(), where)
    elif not loose and not len(expected) and (actual.text or "").strip():
        raise Mismatch(f"{where}: text {actual.text!r} that is not expected")
    if loose:
        _some(list(expected), list(actual), values, where)
    else:
        _same(list(expected), list(actual), values, where)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _same(expected: list[ElementTree.Element], actual: list[ElementTree.Element], values: Values, where: str) -> None:
    if len(expected) != len(actual):
        names = [_local(each.tag) for each in actual]
        raise Mismatch(f"{where}: expected {len(expected)} children, found {names}")
    for wanted, found in zip(expected, actual, strict=True):
        match_xml(wanted, found, values, where)


def _some(expected: list[ElementTree.Element], actual: list[ElementTree.Element], values: Values, where: str) -> None:
    left = list(actual)
    for wanted in expected:
        problems: list[str] = []
        for found in left:
            attempt = Values(values)
            try:
                match_xml(wanted, found, attempt, where)
            except Mismatch as mismatch:
                problems.append(str(mismatch))
                continue
            values.update(attempt)
            left.remove(found)
            break
        else:
            nearest = [each for each in problems if f"/{_local(wanted.tag)}" in each]
            raise Mismatch(f"{where}: nothing matches <{_local(wanted.tag)}>: {'; '.join(nearest[:3])}")


def match_mapping(expected: dict[str, Any], actual: dict[str, Any], values: Values, where: str) -> None:
    """Every expected key must be there; ``null`` says that it must not."""
    for name, wanted in expected.items():
        if wanted is None:
            if name in actual:
                raise Mismatch(f"{where}: {name} must not be there")
            continue
        if name not in actual:
            raise Mismatch(f"{where}: {name} is missing, found {sorted(actual)}")
        if isinstance(wanted, dict):
            match_mapping(wanted, actual[name], values, f"{where}.{name}")
        else:
            values.match(str(wanted), str(actual[name]), f"{where}.{name}")


def match_names(expected: Iterable[str], actual: list[str], values: Values, where: str) -> None:
    """The same names, in any order."""
    left = list(actual)
    for wanted in expected:
        for found in left:
            attempt = Values(values)
            try:
                attempt.match(wanted, found, where)
            except Mismatch:
                continue
            values.update(attempt)
            left.remove(found)
            break
        else:
            raise Mismatch(f"{where}: {values.fill(wanted)} is missing among {actual}")
    if left:
        raise Mismatch(f"{where}: not expected: {left}")
