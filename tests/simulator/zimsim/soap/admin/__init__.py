#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests of ``urn:zimbraAdmin``."""

from __future__ import annotations

from zimsim.soap.admin import (
    accounts,
    auth,
    config,
    cos,
    domains,
    lists,
    mailboxes,
    queues,
    resources,
    rights,
    search,
    servers,
)
from zimsim.soap.element import ADMIN
from zimsim.soap.registry import Registry

REGISTRY = Registry(ADMIN)
for _family in (
    accounts, auth, config, cos, domains, lists, mailboxes, queues, resources, rights, search, servers,
):  # fmt: skip
    _family.register(REGISTRY)
