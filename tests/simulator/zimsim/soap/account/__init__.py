#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests of ``urn:zimbraAccount``."""

from __future__ import annotations

from zimsim.soap.account import auth, info, shares
from zimsim.soap.element import ACCOUNT
from zimsim.soap.registry import Registry

REGISTRY = Registry(ACCOUNT)
for _family in (auth, info, shares):
    _family.register(REGISTRY)
