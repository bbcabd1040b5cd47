#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One entry of the directory, with attributes as the platform has them: a name, one or more values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Attributes = dict[str, list[str]]
# What callers may give: a text stands for one value, an empty text or list for none.
GivenAttributes = Mapping[str, str | list[str]]

ACCOUNT_KINDS = ("account", "resource")
ADDRESS_KINDS = ("account", "resource", "dl")
KINDS = ("account", "resource", "domain", "cos", "dl", "server", "config")
DEFAULT_COS_ID = "e00428a1-0c00-11d9-836a-000d93afea2a"


@dataclass(frozen=True, slots=True)
class Entry:
    """``kind`` is one of KINDS; ``attrs`` are the entry's own, without what COS or configuration lend it."""

    id: str
    kind: str
    name: str
    attrs: Attributes

    def first(self, name: str, default: str = "") -> str:
        values = self.attrs.get(name)
        return values[0] if values else default

    def values(self, name: str) -> list[str]:
        return list(self.attrs.get(name, ()))

    @property
    def domain(self) -> str:
        """The domain of an address, empty for entries without one."""
        return self.name.partition("@")[2]

    @property
    def is_admin(self) -> bool:
        return self.first("zimbraIsAdminAccount") == "TRUE"

    @property
    def is_system(self) -> bool:
        """Accounts of the platform itself: spam and ham training, virus quarantine, GalSync."""
        return self.first("zimbraIsSystemAccount") == "TRUE" or self.first("zimbraIsSystemResource") == "TRUE"


def normalised(attrs: GivenAttributes) -> Attributes:
    """Lists everywhere, empty ones left out."""
    result: Attributes = {}
    for name, value in attrs.items():
        values = [value] if isinstance(value, str) else list(value)
        values = [each for each in values if each != ""]
        if values:
            result[name] = values
    return result
