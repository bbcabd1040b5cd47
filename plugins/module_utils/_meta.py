# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ``.meta`` entries of an archive: JSON outside, bencoded ``metadata`` inside (R46, Z10).

What an item *is* must be told from where it happens to live: ids, change numbers and revisions are new on every server,
the content is not. Mail and documents carry the SHA-256 of their bytes. Contacts, appointments and tasks often have no
bytes at all (a ``.meta`` alone), so a digest is made of their decoded metadata without the keys that
a migration changes for good reasons (``VOLATILE_*`` below, each with its reason).
"""

import base64
import hashlib
import json
from typing import Any, Dict, FrozenSet, List, NamedTuple, Optional, Tuple

from ansible_collections.mailops.zimbra.plugins.module_utils._inventory_errors import MetaError

# Item types as the archive numbers them (R46, Z10).
TYPES = {
    1: "folder",
    2: "search",
    3: "tag",
    5: "message",
    6: "contact",
    8: "document",
    11: "appointment",
    13: "mountpoint",
    14: "wiki",
    15: "task",
    16: "chat",
}
CONTAINERS = frozenset(["folder", "search", "tag", "mountpoint"])
CALENDAR = frozenset(["appointment", "task"])

# Keys of the metadata that differ between two good copies of one item, and why. First those of the record itself ...
VOLATILE_RECORD: Dict[str, str] = {
    "v": "version of the server software that wrote the record",
    "mdver": "counts changes of the metadata on this server",
    "ver": "counts revisions on this server; compared as a field of its own for documents",
    "apptRecur": "repeated inside the invitation as 'recurrence'",
    "ape": "end of the whole series, worked out from the rule",
    "aps": "start of the whole series, worked out from the rule",
}
# ... then those of the invitations inside it ...
VOLATILE_INVITATION: Dict[str, str] = {
    "mid": "item id of the message behind an invitation",
    "it": "item type, 11 or 15: a task arrives as an appointment on a server without tasks",
    "af": "bit field worked out from the other fields, differs between versions",
    "dinM": "whether the text is kept here or in the blob: the server's own choice",
    "noidxmm": "index bookkeeping of items that came in as iCalendar",
    "frag": "preview cut from the text",
    "isOrg": "whether the mailbox owner is the organizer: worked out from the address",
    "byme": "worked out with isOrg",
    "clSetByMe": "remembers who set the privacy class",
    "lastMod": "time of the last change as this server saw it",
    "dts": "time the record was made",
    "lfseq": "last sequence number seen by this server",
}
# ... and those of a recurrence's reference to its invitation.
VOLATILE_REFERENCE: Dict[str, str] = {"i": "item id of the message behind an invitation"}
_REFERENCES = frozenset(["inv", "invid"])
_RECORD_KEYS = frozenset(VOLATILE_RECORD)
_INVITATION_KEYS = frozenset(VOLATILE_INVITATION)

# A member of a contact group that points at another contact does so by item id: the id is new on every server.
_LOCAL_MEMBER = "C"

# Flag letters that an import sets or drops by itself, and why. Flags outside this set belong to the owner.
VOLATILE_FLAGS: Dict[str, str] = {
    "/": "more than one revision exists here",
    "v": "marks invitations; worked out from the content when a message is added",
    "a": "has an attachment; worked out from the content, absent for blobs the server could not read",
}
_UNREAD = "u"


class ItemMeta(NamedTuple):
    """One item as its ``.meta`` tells it. Dates are seconds since 1970, sizes bytes."""

    type: str
    id: int
    folder_id: int
    path: str
    name: str
    sender: str
    date: int
    changed: int
    size: int
    flags: str
    tags: Tuple[str, ...]
    blob_digest: Optional[str]
    revision: int
    current: bool
    uid: Optional[str]
    fields_digest: Optional[str]
    metadata: Dict[str, Any]


# bencoding --------------------------------------------------------------------------------------------------------


def bdecode(text: str) -> Any:
    """Decode Zimbra's bencoding: ``i5e`` numbers, ``l..e`` lists, ``d..e`` dictionaries, ``3:abc`` strings.

    Lengths count UTF-16 units, as Java does (``6:Müster``); records that counted code points or UTF-8 bytes are
    understood as well. Raises :class:`MetaError` for anything else, never guesses a partial value.
    """
    error: Optional[MetaError] = None
    for encoding, width in (("utf-16-le", 2), ("utf-32-le", 4), ("utf-8", 1)):
        try:
            return _Decoder(text.encode(encoding, "surrogatepass"), encoding, width).whole()
        except (MetaError, UnicodeError) as failure:
            error = error or MetaError(f"Broken metadata: {failure}.", metadata=text[:200])
    raise error or MetaError("Broken metadata.", metadata=text[:200])


class _Decoder:
    """Reads one value out of fixed-width units. ``width``: bytes per unit."""

    def __init__(self, data: bytes, encoding: str, width: int) -> None:
        self._data = data
        self._encoding = encoding
        self._width = width
        self._at = 0

    def whole(self) -> Any:
        value = self._value(0)
        if self._at != len(self._data):
            raise MetaError(f"{(len(self._data) - self._at) // self._width} units are left after the value")
        return value

    def _take(self, units: int) -> str:
        end = self._at + units * self._width
        if end > len(self._data):
            raise MetaError("the value ends early")
        piece = self._data[self._at : end]
        self._at = end
        return piece.decode(self._encoding, "surrogatepass")

    def _until(self, mark: str) -> str:
        digits: List[str] = []
        while len(digits) < 24:
            unit = self._take(1)
            if unit == mark:
                return "".join(digits)
            digits.append(unit)
        raise MetaError("a number without end")

    def _number(self, text: str) -> int:
        try:
            return int(text)
        except ValueError:
            raise MetaError(f"{text!r} is no number") from None

    def _value(self, depth: int) -> Any:
        if depth > 60:
            raise MetaError("nested too deeply")
        first = self._take(1)
        if first == "i":
            return self._number(self._until("e"))
        if first == "l":
            items: List[Any] = []
            while not self._end():
                items.append(self._value(depth + 1))
            return items
        if first == "d":
            pairs: Dict[str, Any] = {}
            while not self._end():
                key = self._value(depth + 1)
                pairs[str(key)] = self._value(depth + 1)
            return pairs
        if first.isdigit():
            length = self._number(first + self._until(":"))
            return self._take(length)
        raise MetaError(f"{first!r} does not begin a value")

    def _end(self) -> bool:
        if self._take(1) == "e":
            return True
        self._at -= self._width
        return False


# digests ----------------------------------------------------------------------------------------------------------


def _stable(value: Any, dropped: FrozenSet[str]) -> Any:
    if isinstance(value, dict):
        return {
            key: _stable(inner, frozenset(VOLATILE_REFERENCE) if key in _REFERENCES else _INVITATION_KEYS)
            for key, inner in value.items()
            if key not in dropped
        }
    if isinstance(value, list):
        return [_stable(inner, dropped) for inner in value]
    if isinstance(value, str):
        # A stored CR LF reads as LF after some transports (R18): the same text either way.
        return value.replace("\r\n", "\n")
    return value


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return base64.b64encode(hashlib.sha256(text.encode("ascii")).digest(), b"+,").decode("ascii")


def _contact_fields(metadata: Dict[str, Any]) -> Dict[str, Any]:
    fields = {
        key: value.replace("\r\n", "\n") if isinstance(value, str) else value
        for key, value in (metadata.get("fld") or {}).items()
    }
    members = fields.get("groupMember")
    if isinstance(members, str) and members:
        decoded = bdecode(members)
        fields["groupMember"] = sorted(
            [str(m.get("t", "")), "" if m.get("t") == _LOCAL_MEMBER else str(m.get("v", ""))]
            for m in decoded.get("m", [])
        )
    return fields


def calendar_uid(metadata: Dict[str, Any]) -> Optional[str]:
    """The UID of an appointment or task: its identity on every server."""
    uid = metadata.get("u")
    return str(uid) if uid else None


def fields_digest(kind: str, metadata: Dict[str, Any]) -> Optional[str]:
    """Digest of what a contact, appointment or task says; None for kinds whose bytes say it."""
    if kind == "contact":
        return _digest(_contact_fields(metadata))
    if kind in CALENDAR:
        return _digest(_stable(metadata, _RECORD_KEYS))
    return None


def digest_of_bytes(algorithm_like: str) -> Any:
    """A hash object of the kind that made ``algorithm_like``: SHA-256, or SHA-1 in mailboxes of old releases."""
    return hashlib.sha1() if len(algorithm_like.rstrip("=")) == 27 else hashlib.sha256()


def encode_digest(raw: bytes) -> str:
    """Base64 with ``,`` in place of ``/``, as the platform writes it."""
    return base64.b64encode(raw, b"+,").decode("ascii")


# .meta ------------------------------------------------------------------------------------------------------------


def normal_flags(flags: str, unread: int) -> str:
    """Sorted letters of the flags that belong to the owner; unread is ``u`` whichever way the server says it."""
    letters = set(flags) - set(VOLATILE_FLAGS)
    if unread > 0:
        letters.add(_UNREAD)
    return "".join(sorted(letters))


def _tags(names: str) -> Tuple[str, ...]:
    return tuple(sorted(name for name in names.split(":") if name))


def _integer(record: Dict[str, Any], key: str, default: Optional[int] = None) -> int:
    value = record.get(key, default)
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise MetaError(f"A .meta entry without a usable {key!r}.", meta=str(record)[:300])
    try:
        return int(value)
    except ValueError:
        raise MetaError(f"{key!r} is not a number in a .meta entry.", meta=str(record)[:300]) from None


def folder_of(kind: str, path: str) -> str:
    """Path of the folder an item lies in. Documents are named by their full path, everything else by its folder."""
    if kind == "document":
        path = path.rpartition("/")[0]
    return "/" + path.strip("/")


def parse_meta(data: bytes) -> ItemMeta:
    """Read one ``.meta`` entry. Raises :class:`MetaError` when it is not the documented shape."""
    try:
        record = json.loads(data.decode("utf-8"))
    except ValueError as error:
        raise MetaError(f"A .meta entry is not JSON: {error}", meta=repr(data[:200])) from None
    if not isinstance(record, dict):
        raise MetaError("A .meta entry is not an object.", meta=repr(data[:200]))
    number = _integer(record, "type")
    kind = TYPES.get(number, f"type-{number}")
    text = record.get("metadata") or ""
    metadata = bdecode(text) if text else {}
    if not isinstance(metadata, dict):
        raise MetaError("The metadata of an item is not a dictionary.", meta=str(record)[:300])
    path = str(record.get("Path") or "/")
    subject = record.get("subject")
    return ItemMeta(
        type=kind,
        id=_integer(record, "id"),
        folder_id=_integer(record, "folder_id"),
        path=path if kind in CONTAINERS else folder_of(kind, path),
        name=str(record.get("name") or subject or _contact_name(kind, metadata) or ""),
        sender=str(record.get("sender") or ""),
        date=_integer(record, "date", 0),
        changed=_integer(record, "change_date", 0),
        size=_integer(record, "size", 0),
        flags=normal_flags(str(record.get("FlagStr") or ""), _integer(record, "unread", 0)),
        tags=_tags(str(record.get("TagNames") or "")),
        blob_digest=record.get("blob_digest") or None,
        revision=int(metadata.get("ver", 1)) if kind == "document" else 1,
        # Superseded revisions of a document carry this bit (Z10); they share the id of the current one.
        current=not (kind == "document" and _integer(record, "flags", 0) & 1073741824),
        uid=calendar_uid(metadata) if kind in CALENDAR else None,
        fields_digest=fields_digest(kind, metadata),
        metadata=metadata,
    )


def _contact_name(kind: str, metadata: Dict[str, Any]) -> str:
    if kind != "contact":
        return ""
    fields = metadata.get("fld") or {}
    for keys in (("fullName",), ("nickname",), ("firstName", "lastName"), ("company",), ("email",)):
        name = " ".join(str(fields[key]) for key in keys if fields.get(key))
        if name:
            return name
    return ""
