#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of ``server.db``. Times are milliseconds since 1970 (UTC), flags the platform's bitmasks."""

from __future__ import annotations

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE entries (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL COLLATE NOCASE,
    domain TEXT NOT NULL DEFAULT '' COLLATE NOCASE,
    attrs TEXT NOT NULL,
    UNIQUE (kind, name)
) WITHOUT ROWID;
CREATE INDEX entries_domain ON entries (domain, kind);

CREATE TABLE addresses (
    address TEXT PRIMARY KEY COLLATE NOCASE,
    entry_id TEXT NOT NULL REFERENCES entries (id) ON DELETE CASCADE,
    alias INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX addresses_entry ON addresses (entry_id);

CREATE TABLE members (
    list_id TEXT NOT NULL REFERENCES entries (id) ON DELETE CASCADE,
    member TEXT NOT NULL COLLATE NOCASE,
    PRIMARY KEY (list_id, member)
) WITHOUT ROWID;
CREATE INDEX members_member ON members (member);

CREATE TABLE mailboxes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    change_token INTEGER NOT NULL,
    next_id INTEGER NOT NULL,
    size INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE folders (
    mailbox INTEGER NOT NULL REFERENCES mailboxes (id) ON DELETE CASCADE,
    id INTEGER NOT NULL,
    parent INTEGER NOT NULL,
    name TEXT NOT NULL COLLATE NOCASE,
    type INTEGER NOT NULL,
    view INTEGER NOT NULL DEFAULT 0,
    flags INTEGER NOT NULL DEFAULT 0,
    color INTEGER NOT NULL DEFAULT 0,
    system INTEGER NOT NULL DEFAULT 0,
    uuid TEXT NOT NULL,
    date INTEGER NOT NULL,
    mod_metadata INTEGER NOT NULL,
    mod_content INTEGER NOT NULL,
    imap_modseq INTEGER NOT NULL,
    imap_next INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    details TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (mailbox, id)
) WITHOUT ROWID;

CREATE TABLE items (
    mailbox INTEGER NOT NULL REFERENCES mailboxes (id) ON DELETE CASCADE,
    id INTEGER NOT NULL,
    type INTEGER NOT NULL,
    folder INTEGER NOT NULL,
    parent INTEGER NOT NULL DEFAULT -1,
    imap_id INTEGER NOT NULL DEFAULT 0,
    date INTEGER NOT NULL,
    size INTEGER NOT NULL,
    flags INTEGER NOT NULL DEFAULT 0,
    tags TEXT NOT NULL DEFAULT '',
    name TEXT,
    subject TEXT,
    sender TEXT NOT NULL DEFAULT '',
    recipients TEXT NOT NULL DEFAULT '',
    digest TEXT,
    metadata TEXT NOT NULL,
    uuid TEXT NOT NULL DEFAULT '',
    mod_metadata INTEGER NOT NULL,
    mod_content INTEGER NOT NULL,
    change_date INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    thread TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (mailbox, id)
) WITHOUT ROWID;
CREATE INDEX items_folder ON items (mailbox, folder, type, size, flags);
CREATE INDEX items_changed ON items (mailbox, mod_metadata);
CREATE INDEX items_parent ON items (mailbox, parent);
CREATE INDEX items_thread ON items (mailbox, thread) WHERE thread <> '';

CREATE TABLE revisions (
    mailbox INTEGER NOT NULL REFERENCES mailboxes (id) ON DELETE CASCADE,
    item INTEGER NOT NULL,
    version INTEGER NOT NULL,
    date INTEGER NOT NULL,
    size INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    name TEXT,
    sender TEXT NOT NULL DEFAULT '',
    digest TEXT,
    metadata TEXT NOT NULL,
    mod_metadata INTEGER NOT NULL,
    mod_content INTEGER NOT NULL,
    change_date INTEGER NOT NULL,
    PRIMARY KEY (mailbox, item, version)
) WITHOUT ROWID;

CREATE TABLE tags (
    mailbox INTEGER NOT NULL REFERENCES mailboxes (id) ON DELETE CASCADE,
    id INTEGER NOT NULL,
    name TEXT NOT NULL COLLATE NOCASE,
    color INTEGER NOT NULL DEFAULT 0,
    listed INTEGER NOT NULL,
    date INTEGER NOT NULL,
    mod_metadata INTEGER NOT NULL,
    PRIMARY KEY (mailbox, id),
    UNIQUE (mailbox, name)
) WITHOUT ROWID;

CREATE TABLE tombstones (
    mailbox INTEGER NOT NULL REFERENCES mailboxes (id) ON DELETE CASCADE,
    change INTEGER NOT NULL,
    type INTEGER NOT NULL,
    item INTEGER NOT NULL,
    PRIMARY KEY (mailbox, change, item)
) WITHOUT ROWID;
"""
