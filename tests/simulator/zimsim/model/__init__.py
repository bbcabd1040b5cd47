#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data model below every surface: directory entries, mailboxes with their items, blobs."""

from __future__ import annotations

from zimsim.model.directory import Directory
from zimsim.model.entries import Entry
from zimsim.model.errors import ServiceError
from zimsim.model.items import Folder, Item, Revision, Tag, Tombstone
from zimsim.model.mailbox import Mailbox
from zimsim.model.store import Mailboxes, Store
from zimsim.model.types import ItemType

__all__ = [
    "Directory",
    "Entry",
    "Folder",
    "Item",
    "ItemType",
    "Mailbox",
    "Mailboxes",
    "Revision",
    "ServiceError",
    "Store",
    "Tag",
    "Tombstone",
]
