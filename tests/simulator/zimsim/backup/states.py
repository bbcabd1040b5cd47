# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One state of an item as a backup path keeps it, and the array of states its metadata file is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zimsim.backup.errors import BrokenItem
from zimsim.backup.files import read_json, write_json
from zimsim.backup.layout import Layout
from zimsim.model import Folder, Item, Revision, Tag
from zimsim.model.items import Grant
from zimsim.model.types import TYPE_NAMES, TYPES_BY_NAME

State = dict[str, Any]
NEW, UPDATED, SAME = "new", "updated", "same"
_TIMES = ("start_date", "end_date")


def grant_state(grant: Grant) -> State:
    return {
        "zid": grant.grantee,
        "gt": grant.kind,
        "perm": grant.rights,
        "name": grant.name,
        "password": grant.password,
    }


def grant_of(state: Mapping[str, Any]) -> Grant:
    return Grant(state["zid"], state["gt"], state["perm"], state.get("name", ""), state.get("password", ""))


def folder_state(folder: Folder) -> State:
    """A folder, search folder or mountpoint."""
    state: State = {
        "type": TYPE_NAMES[folder.type],
        "deleted": False,
        "folder": folder.parent_id,
        "name": folder.name,
        "view": folder.view,
        "flags": folder.flags,
        "color": folder.color,
        "system": folder.system,
        "uuid": folder.uuid,
        "date": folder.date,
        "path": folder.path,
    }
    if folder.grants:
        state["grants"] = [grant_state(grant) for grant in folder.grants]
    for name in ("url", "query", "query_types", "sort_by", "owner_id", "owner_name", "remote_id", "remote_uuid"):
        if getattr(folder, name):
            state[name] = getattr(folder, name)
    return state


def tag_state(tag: Tag) -> State:
    return {
        "type": "tag",
        "deleted": False,
        "name": tag.name,
        "color": tag.color,
        "listed": tag.listed,
        "date": tag.date,
    }


def revision_state(revision: Revision) -> State:
    return {
        "version": revision.version,
        "date": revision.date,
        "flags": revision.flags,
        "name": revision.name,
        "sender": revision.sender,
        "digest": revision.digest,
        "metadata": revision.metadata,
        "mod_content": revision.mod_content,
    }


def item_state(item: Item, layout: Layout) -> State:
    """A message, chat, contact, appointment, task or document; revisions of a document are added by the caller."""
    state: State = {
        "type": TYPE_NAMES[item.type],
        "deleted": False,
        "folder": item.folder_id,
        "date": item.date,
        "size": item.size,
        "flags": item.flags,
        "tags": list(item.tags),
        "name": item.name,
        "subject": item.subject,
        "sender": item.sender,
        "recipients": item.recipients,
        "digest": item.digest,
        "metadata": item.metadata,
        "uuid": item.uuid,
        "version": item.version,
        "mod_content": item.mod_content,
    }
    if item.digest is not None:
        state["blob path"] = layout.relative_blob(item.digest)
    return state


def type_number(state: Mapping[str, Any]) -> int:
    """The platform's number of a state's type. Raises BrokenItem for a type that does not exist."""
    try:
        return TYPES_BY_NAME[state["type"]]
    except KeyError:
        raise BrokenItem("unknown item type in metadata") from None


def content_of(state: Mapping[str, Any]) -> State:
    """A state without the time it was in force."""
    return {name: value for name, value in state.items() if name not in _TIMES}


def read_states(path: str) -> list[State]:
    """The states of a metadata file, oldest first. Raises FileNotFoundError, BrokenItem."""
    states = read_json(path)
    if not isinstance(states, list) or not states or not all(isinstance(state, dict) for state in states):
        raise BrokenItem("metadata {path} has no states", path=path)
    return states


def last_state(path: str) -> State:
    """The newest state. Raises FileNotFoundError, BrokenItem."""
    return read_states(path)[-1]


def append_state(path: str, state: State, at_ms: int) -> str:
    """Put a state at the end of a file's array: NEW, UPDATED, or SAME when the newest one says the same.

    A file that cannot be read is begun anew.
    """
    try:
        states = read_states(path)
    except FileNotFoundError:
        states = []
    except BrokenItem:
        states = []
    if states:
        if content_of(states[-1]) == state:
            return SAME
        states[-1]["end_date"] = at_ms
    outcome = UPDATED if states else NEW
    states.append({"start_date": at_ms, "end_date": None, **state})
    write_json(path, states)
    return outcome


def mark_deleted(path: str, at_ms: int) -> bool:
    """End what a file describes; False when there is nothing to end."""
    try:
        newest = last_state(path)
    except (FileNotFoundError, BrokenItem):
        return False
    if newest.get("deleted"):
        return False
    append_state(path, {**content_of(newest), "deleted": True}, at_ms)
    return True


def state_at(states: list[State], date_ms: int | None) -> State | None:
    """The state in force at a time, the newest one for None; None where nothing was there yet."""
    if date_ms is None:
        return states[-1]
    found = [state for state in states if state["start_date"] <= date_ms]
    return found[-1] if found else None


@dataclass(frozen=True)
class Entry:
    """A directory entry as a backup path has it."""

    id: str
    kind: str
    name: str
    attrs: dict[str, list[str]]
    members: list[str]
    deleted: bool

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Entry:
        """Raises BrokenItem when the state lacks what every entry has."""
        try:
            return cls(
                id=state["id"],
                kind=state["kind"],
                name=state["name"],
                attrs=state["attrs"],
                members=state.get("members", []),
                deleted=bool(state["deleted"]),
            )
        except (KeyError, TypeError) as error:
            raise BrokenItem("entry without {cause}", cause=str(error)) from error

    @property
    def domain(self) -> str:
        return self.name.partition("@")[2]

    def first(self, name: str) -> str:
        values = self.attrs.get(name)
        return values[0] if values else ""
