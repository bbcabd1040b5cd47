# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the get* commands answer: backup paths, accounts, domains, items, maps, saved configuration."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from zimsim.backup.accounts import COS_MARKER, is_system
from zimsim.backup.errors import BrokenItem, InvalidPath, InvalidValue, NoSuchAccount
from zimsim.backup.files import usable_names
from zimsim.backup.layout import Layout
from zimsim.backup.maps import ServerMap
from zimsim.backup.notifications import date_text
from zimsim.backup.serverdata import DIRECTORIES, read_backupstat
from zimsim.backup.source import SourcePath
from zimsim.backup.states import Entry, State, read_states, state_at

if TYPE_CHECKING:
    from zimsim.backup.service import BackupModule

NO_ACCOUNT = "Can't find the backup folder for the account"


def parse_date(text: str) -> int | None:
    """`dd/MM/yyyy HH:mm:ss` as milliseconds; `last`, `most_recent` and `all` are None. Raises InvalidValue."""
    if text.lower() in ("", "last", "all", "most_recent", "least_recent", "first"):
        return None
    try:
        return int(time.mktime(time.strptime(text, "%d/%m/%Y %H:%M:%S"))) * 1000
    except ValueError:
        raise InvalidValue("invalid date {date}", date=text) from None


def scan_time(value: object) -> str:
    """`2024-01-31 04:00:00 CET`."""
    seconds = value / 1000 if isinstance(value, int) else 0
    return time.strftime("%Y-%m-%d %H:%M:%S %Z", time.localtime(seconds))


def _path(module: BackupModule, path: str) -> str:
    chosen = path or module.layout.root
    if path and not os.path.isdir(path):
        raise InvalidPath("the path {path} does not exist or is not a directory", path=path)
    return chosen


def backup_info(module: BackupModule, path: str) -> dict[str, Any]:
    """getBackupInfo: `firstScan` is 0 and `lastScan` in 1970 when the path was never scanned."""
    layout = Layout(_path(module, path))
    stat = read_backupstat(layout)
    first = stat.get("firstScan")
    return {
        "backup_path": layout.root,
        "serverId": stat.get("serverId", ""),
        "firstScan": scan_time(first) if first else 0,
        "lastScan": scan_time(stat.get("lastScan")),
        "numActiveBackupedAccounts": stat.get("numActiveBackupedAccounts", 0),
        "numCheckedAccounts": stat.get("numCheckedAccounts", 0),
    }


def accounts_at(source: SourcePath, date_ms: int | None) -> list[Entry]:
    """Accounts as they were at a time."""
    found = []
    for name in sorted(usable_names(source.layout.accounts)):
        try:
            state = state_at(read_states(source.layout.account_info(name)), date_ms)
            if state is not None:
                found.append(Entry.from_state(state))
        except (FileNotFoundError, BrokenItem):
            continue
    return sorted(found, key=lambda entry: entry.name)


def available_accounts(
    module: BackupModule,
    path: str,
    date: str,
    domains: list[str],
    hide_deleted: bool,
    hide_system: bool,
    hide_existing: bool,
) -> dict[str, Any]:
    """getAvailableAccounts: the accountMap by address."""
    source = SourcePath(_path(module, path))
    accounts = {}
    for entry in accounts_at(source, parse_date(date)):
        if domains and entry.domain not in domains:
            continue
        if (hide_deleted and entry.deleted) or (hide_system and is_system(entry.name, entry.attrs)):
            continue
        if hide_existing and module.store.directory.find("account", entry.name) is not None:
            continue
        accounts[entry.name] = {"id": entry.id, "status": "deleted" if entry.deleted else "active"}
    return {"accountMap": accounts}


def available_domains(module: BackupModule, path: str, date: str) -> dict[str, Any]:
    """getAvailableDomains: domains that have accounts in the path, and those that were saved."""
    source, date_ms = SourcePath(_path(module, path)), parse_date(date)
    names = {entry.domain for entry in accounts_at(source, date_ms)}
    names |= {entry.name for entry in source.entries("domain")}
    return {"domains": sorted(names)}


def _account_directory(module: BackupModule, layout: Layout, account: str) -> str:
    """The directory's name: the account's id, looked up by name in the path, then on the server."""
    if os.path.exists(layout.account_info(account)):
        return account
    for entry in accounts_at(SourcePath(layout.root), None):
        if entry.name == account.lower():
            return entry.id
    local = module.store.directory.find("account", account)
    if local is not None and os.path.exists(layout.account_info(local.id)):
        return local.id
    raise NoSuchAccount(NO_ACCOUNT)


def _shown(state: State) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "start date": date_text(state["start_date"]),
        "end date": date_text(state["end_date"]) if state.get("end_date") else "now",
    }
    shown.update((name, value) for name, value in state.items() if name not in ("start_date", "end_date"))
    return shown


def account_info(module: BackupModule, path: str, account: str, date: str, with_stats: bool) -> dict[str, Any]:
    """getAccountInfo. Raises NoSuchAccount."""
    layout = Layout(_path(module, path))
    account_id = _account_directory(module, layout, account)
    states = read_states(layout.account_info(account_id))
    if date.lower() == "all":
        chosen = states
    elif date.lower() == "least_recent":
        chosen = states[:1]
    else:
        found = state_at(states, parse_date(date))
        chosen = [found] if found else []
    # The password hash is in the file, not in the answer.
    shown = [_shown({**state, "attrs": _without_secrets(state)}) for state in chosen]
    result: dict[str, Any] = {"accountStates": shown}
    if with_stats:
        result["items"] = len(SourcePath(layout.root).item_ids(account_id))
    return result


def _without_secrets(state: State) -> dict[str, list[str]]:
    return {name: values for name, values in state.get("attrs", {}).items() if name != "userPassword"}


def item(module: BackupModule, path: str, account: str, item_id: int, date: str, dump_blob: bool) -> dict[str, Any]:
    """getItem: the states of an item, or with `dump_blob` its content too. Raises NoSuchAccount, InvalidValue."""
    layout = Layout(_path(module, path))
    account_id = _account_directory(module, layout, account)
    try:
        states = read_states(layout.item(account_id, item_id))
    except FileNotFoundError:
        raise InvalidValue("no such item: {item}", item=str(item_id)) from None
    found = state_at(states, parse_date(date))
    chosen = states if date.lower() == "all" else [found] if found else []
    shown = []
    for state in chosen:
        digest = state.get("digest")
        entry = {"start_date": date_text(state["start_date"]), "type": state["type"], "deleted": state["deleted"]}
        if digest:
            entry["blob path"] = layout.blob(digest)
            if dump_blob:
                entry["blob"] = SourcePath(layout.root).blob(digest).decode("utf-8", "replace")
        shown.append(entry)
    return {"itemStates": shown}


def map_table(path: str) -> dict[str, Any]:
    """getMap. Raises InvalidPath, BrokenItem."""
    entries = ServerMap.load(path, missing_ok=False).entries
    return {
        "map": [
            {"type": entry.kind, "name": entry.name, "old_id": entry.source_id, "new_id": entry.local_id}
            for entry in entries
        ]
    }


def server_config(module: BackupModule, path: str, kind: str, query: str) -> dict[str, Any]:
    """getServerConfig: archives of the server's files, or what was saved of the directory (query `type/id/key`)."""
    layout = Layout(_path(module, path))
    if kind == "customizations":
        names = sorted(name for name in usable_names(layout.server()) if name.startswith("customizations_"))
        return {
            "archives": [
                {
                    "filename": name,
                    "path": layout.server() + os.sep,
                    "modify date": time.strftime(
                        "%d/%m/%Y %H:%M:%S %Z", time.localtime(os.path.getmtime(layout.server(name)))
                    ),
                }
                for name in names
            ]
        }
    if kind != "standard":
        raise InvalidValue("type must be standard or customizations")
    wanted, _, rest = query.partition("/")
    wanted_id, _, key = rest.partition("/")
    result: dict[str, Any] = {}
    source = SourcePath(layout.root)
    for entry_kind in DIRECTORIES:
        if wanted and wanted != entry_kind:
            continue
        entries = {}
        for entry in source.entries(entry_kind):
            if wanted_id and wanted_id not in (entry.id, entry.name):
                continue
            entries[entry.name] = {k: v for k, v in entry.attrs.items() if not key or k == key}
        result[entry_kind] = entries if wanted else sorted(entries)
    return result


def cos_backup_status(module: BackupModule, name: str) -> dict[str, Any]:
    """getCOSBackupStatus: whether accounts of a COS are backed up."""
    coses = [each for each in module.store.directory.all("cos") if name.lower() in ("all", each.name)]
    if not coses:
        raise InvalidValue("no such cos: {cos}", cos=name)
    return {
        cos.name: "disabled" if any(COS_MARKER in note for note in cos.values("zimbraNotes")) else "enabled"
        for cos in coses
    }
