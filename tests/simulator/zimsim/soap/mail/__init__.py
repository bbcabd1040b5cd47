#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests of ``urn:zimbraMail``."""

from __future__ import annotations

from zimsim.soap.element import MAIL
from zimsim.soap.mail import actions, documents, folders, messages, search, sync, tags
from zimsim.soap.registry import Registry

REGISTRY = Registry(MAIL)
for _family in (actions, documents, folders, messages, search, sync, tags):
    _family.register(REGISTRY)
