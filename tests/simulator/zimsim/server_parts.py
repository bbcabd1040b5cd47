#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the parts of a server (HTTP, commands, SMTP, backup worker) plug into it.

A module of a part offers ``create(server) -> Part``; ``MODULES`` names them in the order in which they start. Once
started, ``server.part("smtp")`` finds a part by its name; the caller knows its class.
"""

from __future__ import annotations

from typing import Protocol

MODULES = (
    "zimsim.backup.service",
    "zimsim.smtp.service",
    "zimsim.http_service",
    "zimsim.commands.rpc",
)


class Part(Protocol):
    """One part of a running server. ``start`` and ``stop`` run on the server's loop."""

    @property
    def name(self) -> str: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...
