#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which handler answers which request; every family of requests fills it when its module is imported."""

from __future__ import annotations

from dataclasses import dataclass

from zimsim.soap.call import Handler


@dataclass(frozen=True, slots=True)
class Registration:
    """``open`` requests need no token (AuthRequest)."""

    handler: Handler
    open: bool = False


class Registry:
    """The requests of one namespace by name."""

    def __init__(self, ns: str) -> None:
        self.ns = ns
        self._handlers: dict[str, Registration] = {}

    def add(self, handler: Handler, *names: str, without_token: bool = False) -> None:
        for name in names:
            self._handlers[f"{name}Request"] = Registration(handler, without_token)

    def find(self, name: str) -> Registration | None:
        return self._handlers.get(name)

    def names(self) -> list[str]:
        return sorted(self._handlers)
