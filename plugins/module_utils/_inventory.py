# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The records of an inventory: what one line of the file says.

An inventory file has one ``header``, then for each account in the order of their addresses one ``account``, its
``folder`` records and its ``item`` records, and one ``end``. All are JSON objects with the key ``record``.

- account: ``account`` (address), ``id``, ``system``, ``mailbox`` (false: it never had one), ``state``
  (``complete``/``incomplete``), ``problems`` (list of {what, ...}), ``counts`` {type: number}, ``bytes``.
- folder: ``account``, ``path``, ``kind`` (folder, search, mountpoint), ``view``, ``id``, ``items``, ``grants``
  (list of [type, name or id, rights]), ``target`` (owner, query or URL of what is not a plain folder).
- item: ``account``, ``type``, ``key`` (what is equal on every server for the same item), ``digest`` (what it says),
  ``folder``, ``name`` (subject or file name), ``date`` and ``changed`` (seconds since 1970), ``size`` (bytes),
  ``flags``, ``tags``, ``id``, and where there is one ``message_id``, ``revision`` (of a document), ``damage``.
"""

import datetime
import hashlib
from typing import Any, Dict, List

from ansible_collections.mailops.zimbra.plugins.module_utils._meta import CALENDAR
from ansible_collections.mailops.zimbra.plugins.module_utils._rest import Listed

FORMAT = 1
HEADER = "header"
ACCOUNT = "account"
FOLDER = "folder"
ITEM = "item"
END = "end"

COMPLETE = "complete"
INCOMPLETE = "incomplete"

_SECTIONS = {ACCOUNT: "0", FOLDER: "1", ITEM: "2"}
# Keys are joined with NUL, spooled between tabs: neither may occur inside.
_CLEAN = {ord(c): " " for c in "\0\t\r\n"}


def item_key(listed: Listed) -> str:
    """What identifies an item on every server: the digest of its bytes, its UID, or the digest of its fields."""
    meta = listed.meta
    if meta.type in CALENDAR and meta.uid:
        return "uid:" + meta.uid
    if meta.fields_digest:
        return meta.fields_digest
    if meta.blob_digest:
        return meta.blob_digest
    # No bytes and no fields: what is left is what a list of the folder would show.
    shown = "\0".join([meta.name, meta.sender, str(meta.date), str(meta.size)])
    return "shown:" + hashlib.sha256(shown.encode("utf-8", "surrogatepass")).hexdigest()


def item_record(account: str, folder: str, listed: Listed) -> Dict[str, Any]:
    """The record of one listed item. ``folder``: path as the mailbox itself names it."""
    meta = listed.meta
    record: Dict[str, Any] = {
        "record": ITEM,
        "account": account,
        "type": meta.type,
        "key": item_key(listed),
        "digest": meta.fields_digest or listed.content_digest or meta.blob_digest or "",
        "folder": folder,
        "name": meta.name,
        "date": meta.date,
        "changed": meta.changed,
        "size": meta.size,
        "flags": meta.flags,
        "tags": list(meta.tags),
        "id": meta.id,
    }
    if listed.message_id:
        record["message_id"] = listed.message_id
    if meta.type == "document":
        record["revision"] = meta.revision
    if listed.damage:
        record["damage"] = listed.damage
    return record


def sort_key(record: Dict[str, Any]) -> str:
    """Order of the file: by account; the account itself, its folders by path, its items by type, key and folder."""
    kind = record["record"]
    parts: List[str] = [record["account"], _SECTIONS[kind]]
    if kind == FOLDER:
        parts += [record["path"], "{:012d}".format(record["id"])]
    elif kind == ITEM:
        parts += [
            record["type"],
            record["key"],
            record["folder"],
            "{:012d}".format(record["id"]),
            "{:08d}".format(record.get("revision", 1)),
        ]
    key = "\0".join(part.translate(_CLEAN) for part in parts)
    # A lone surrogate, half of a broken character, cannot be written to a file.
    return key.encode("utf-8", "replace").decode("utf-8")


def iso(seconds: int) -> str:
    """Seconds since 1970 as ISO 8601 in UTC; empty for a time nobody recorded."""
    if not seconds:
        return ""
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
