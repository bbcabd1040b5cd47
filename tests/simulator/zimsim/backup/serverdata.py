# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a path holds of the server besides accounts: domains, COSes, lists, configuration, an archive of its files."""

from __future__ import annotations

import io
import os
import tarfile
import time
from collections.abc import Collection
from pathlib import Path

from zimsim.backup.accounts import entry_state
from zimsim.backup.errors import BrokenItem, InvalidPath
from zimsim.backup.files import read_json, usable_names, write_atomic, write_json
from zimsim.backup.layout import Layout
from zimsim.backup.records import now_ms
from zimsim.backup.states import Entry, append_state, last_state, mark_deleted
from zimsim.model import Store

# Kind of entry -> directory below server/.
DIRECTORIES = {"domain": "domains", "cos": "coses", "dl": "lists", "server": "servers", "config": "config"}


def write_server_data(store: Store, layout: Layout, domains: Collection[str] | None = None) -> None:
    """Write every entry that is no account; with `domains`, only these and their lists."""
    directory, at_ms = store.directory, now_ms()
    for kind, folder in DIRECTORIES.items():
        present = set()
        for entry in list(directory.all(kind)):
            domain = entry.name if kind == "domain" else entry.domain
            if domains is not None and kind in ("domain", "dl") and domain not in domains:
                continue
            present.add(entry.id)
            members = directory.members(entry.id) if kind == "dl" else None
            append_state(layout.server(folder, entry.id), entry_state(entry, members), at_ms)
        if domains is None:
            for name in usable_names(layout.server(folder)):
                if name not in present:
                    mark_deleted(layout.server(folder, name), at_ms)


def write_backupstat(store: Store, layout: Layout, active: int, checked: int, mail_version: str) -> None:
    """`backupstat` of the root: whose path it is, first and last scan, numbers of accounts."""
    at_ms = now_ms()
    known = read_backupstat(layout)
    write_json(
        layout.backupstat,
        {
            "serverId": store.directory.server.id,
            "serverName": store.directory.server.name,
            "version": mail_version,
            "product": store.product,
            "firstScan": known.get("firstScan", at_ms),
            "lastScan": at_ms,
            "numActiveBackupedAccounts": active,
            "numCheckedAccounts": checked,
        },
    )


def claim_path(store: Store, layout: Layout, mail_version: str) -> None:
    """Say whose path it is before anything else is written. Raises InvalidPath for one of another server."""
    known = read_backupstat(layout)
    server = store.directory.server
    if known.get("serverId", server.id) != server.id:
        raise InvalidPath(
            "the backup path {path} belongs to the server {server}", path=layout.root, server=str(known["serverId"])
        )
    if not known:
        os.makedirs(layout.root, exist_ok=True)
        write_json(
            layout.backupstat,
            {"serverId": server.id, "serverName": server.name, "version": mail_version, "product": store.product},
        )


def read_backupstat(layout: Layout) -> dict[str, object]:
    """`backupstat`, empty where there is none or it cannot be read."""
    try:
        value = read_json(layout.backupstat)
    except (FileNotFoundError, BrokenItem):
        return {}
    return value if isinstance(value, dict) else {}


def write_customizations(home: Path, layout: Layout) -> None:
    """An archive of the server's own files, once per path (the real one makes one per change)."""
    if any(name.startswith("customizations_") for name in usable_names(layout.server())):
        return
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz", compresslevel=1) as archive:
        for path in sorted((home / "conf").glob("*.cf")):
            archive.add(path, arcname=f"conf/{path.name}")
    name = f"customizations_{time.strftime('%d_%m_%y#%H_%M_%S')}.tar.gz"
    write_atomic(layout.server(name), stream.getvalue())


def read_entries(layout: Layout, kind: str) -> list[Entry]:
    """Entries of one kind a path has, deleted ones too, by name; what cannot be read is left out."""
    folder = DIRECTORIES[kind]
    found = []
    for name in usable_names(layout.server(folder)):
        try:
            found.append(Entry.from_state(last_state(layout.server(folder, name))))
        except (BrokenItem, FileNotFoundError):
            continue
    return sorted(found, key=lambda entry: entry.name)
