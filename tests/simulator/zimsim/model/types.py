#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers and letters of the platform: item types, flags, views, system folders (R34, R46, Z6, Z10)."""

from __future__ import annotations

from enum import IntEnum


class ItemType(IntEnum):
    FOLDER = 1
    SEARCH = 2
    TAG = 3
    CONVERSATION = 4
    MESSAGE = 5
    CONTACT = 6
    DOCUMENT = 8
    NOTE = 9
    APPOINTMENT = 11
    MOUNTPOINT = 13
    WIKI = 14
    TASK = 15
    CHAT = 16
    COMMENT = 17


# The names that SOAP (view=, types=), REST (types=) and the tar group name use.
TYPE_NAMES: dict[int, str] = {
    ItemType.FOLDER: "folder",
    ItemType.SEARCH: "search",
    ItemType.TAG: "tag",
    ItemType.CONVERSATION: "conversation",
    ItemType.MESSAGE: "message",
    ItemType.CONTACT: "contact",
    ItemType.DOCUMENT: "document",
    ItemType.NOTE: "note",
    ItemType.APPOINTMENT: "appointment",
    ItemType.MOUNTPOINT: "mountpoint",
    ItemType.WIKI: "wiki",
    ItemType.TASK: "task",
    ItemType.CHAT: "chat",
    ItemType.COMMENT: "comment",
}
TYPES_BY_NAME: dict[str, int] = {name: number for number, name in TYPE_NAMES.items()}
LEAF_TYPES = (
    ItemType.MESSAGE,
    ItemType.CHAT,
    ItemType.CONTACT,
    ItemType.APPOINTMENT,
    ItemType.TASK,
    ItemType.DOCUMENT,
)

FLAG_BITS: dict[str, int] = {
    "s": 1 << 0,  # from me
    "a": 1 << 1,  # has an attachment
    "r": 1 << 2,  # replied
    "w": 1 << 3,  # forwarded
    "2": 1 << 4,  # copied
    "f": 1 << 5,  # flagged
    "d": 1 << 6,  # draft
    "x": 1 << 7,  # deleted
    "n": 1 << 8,  # notified
    "u": 1 << 9,  # unread
    "!": 1 << 10,  # high priority
    "?": 1 << 11,  # low priority
    "/": 1 << 12,  # a document with more than one version
    "p": 1 << 14,  # popped
    "t": 1 << 15,  # note
    "+": 1 << 16,  # priority
    "^": 1 << 17,  # post
    "(": 1 << 18,  # muted
    "*": 1 << 19,  # subscribed folder
    "b": 1 << 20,  # folder excluded from free/busy
    "#": 1 << 21,  # folder checked in the client
    "i": 1 << 22,  # folder does not inherit grants
    "v": 1 << 23,  # invite
    "y": 1 << 24,  # folder synchronised from its url
    "~": 1 << 25,  # item is being synchronised
    "o": 1 << 26,  # no inferiors
    "g": 1 << 28,  # global
}
SUPERSEDED = 1 << 30  # an older revision of a document
VERSIONED = FLAG_BITS["/"]
UNREAD = FLAG_BITS["u"]
NO_INHERIT = FLAG_BITS["i"]
CHECKED = FLAG_BITS["#"]
ATTACHED = FLAG_BITS["a"]
# What a client cannot set by itself: the server derives it.
DERIVED_FLAGS = FLAG_BITS["a"] | FLAG_BITS["!"] | FLAG_BITS["?"] | FLAG_BITS["/"] | FLAG_BITS["v"] | SUPERSEDED

RIGHT_BITS: dict[str, int] = {
    "r": 1,
    "w": 2,
    "i": 4,
    "d": 8,
    "a": 256,
    "x": 16,
    "p": 1024,
    "f": 2048,
    "c": 4096,
}


def flags_to_bits(text: str) -> int:
    """Letters to a bitmask; unknown letters are ignored as the platform does."""
    bits = 0
    for letter in text:
        bits |= FLAG_BITS.get(letter, 0)
    return bits


# The order in which the platform prints the letters (seen: "fu", "f/", "#i").
_FLAG_ORDER = "sarw2fdxnu!?/pt+^(*b#ivy~og"


def bits_to_flags(bits: int) -> str:
    return "".join(letter for letter in _FLAG_ORDER if bits & FLAG_BITS[letter])


ROOT_FOLDER = 11
USER_ROOT = 1
INBOX = 2
TRASH = 3
JUNK = 4
SENT = 5
DRAFTS = 6
CONTACTS = 7
TAGS_FOLDER = 8
CONVERSATIONS = 9
CALENDAR = 10
MAILBOX_ROOT = 11
AUTO_CONTACTS = 13
CHATS = 14
TASKS = 15
BRIEFCASE = 16
COMMENTS = 17
FIRST_USER_ID = 257

# id, parent, name, view (0 = none), flags, system attribute ("a" in the metadata: 1 system, 3 hidden system)
_SYSTEM_FOLDERS: tuple[tuple[int, int, str, int, int, int], ...] = (
    (MAILBOX_ROOT, MAILBOX_ROOT, "ROOT", 0, 0, 3),
    (USER_ROOT, MAILBOX_ROOT, "USER_ROOT", 0, 0, 1),
    (INBOX, USER_ROOT, "Inbox", ItemType.MESSAGE, 0, 1),
    (TRASH, USER_ROOT, "Trash", 0, 0, 1),
    (JUNK, USER_ROOT, "Junk", ItemType.MESSAGE, 0, 1),
    (SENT, USER_ROOT, "Sent", ItemType.MESSAGE, 0, 1),
    (DRAFTS, USER_ROOT, "Drafts", ItemType.MESSAGE, 0, 1),
    (CONTACTS, USER_ROOT, "Contacts", ItemType.CONTACT, 0, 1),
    (TAGS_FOLDER, MAILBOX_ROOT, "Tags", ItemType.TAG, 0, 3),
    (CONVERSATIONS, MAILBOX_ROOT, "Conversations", ItemType.CONVERSATION, 0, 3),
    (CALENDAR, USER_ROOT, "Calendar", ItemType.APPOINTMENT, CHECKED, 1),
    (AUTO_CONTACTS, USER_ROOT, "Emailed Contacts", ItemType.CONTACT, 0, 1),
    (CHATS, USER_ROOT, "Chats", ItemType.MESSAGE, 0, 1),
)
_ZIMBRA_FOLDERS: tuple[tuple[int, int, str, int, int, int], ...] = (
    (TASKS, USER_ROOT, "Tasks", ItemType.TASK, CHECKED, 1),
    (BRIEFCASE, USER_ROOT, "Briefcase", ItemType.DOCUMENT, 0, 1),
    (COMMENTS, MAILBOX_ROOT, "Comments", ItemType.COMMENT, 0, 3),
)


def system_folders(product: str) -> tuple[tuple[int, int, str, int, int, int], ...]:
    """Rows ``(id, parent id, name, view, flags, system attribute)`` of a fresh mailbox of ``product``."""
    return _SYSTEM_FOLDERS + (_ZIMBRA_FOLDERS if product == "zimbra" else ())
