#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mailbox search language, as far as searches and exports use it.

``in:"/Path"`` ``under:`` ``inid:`` ``is:anywhere|local|unread|read|flagged|unflagged`` ``subject:`` ``from:`` ``to:``
``msgid:`` ``tag:`` ``date:/before:/after:`` (mm/dd/yyyy or milliseconds) ``has:attachment`` ``item:all|none``, words,
``and``, ``or``, ``not``/``-``, parentheses.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from zimsim.model import Item, Mailbox, ServiceError, errors, mime
from zimsim.model.types import ATTACHED, FLAG_BITS, JUNK, TRASH

Predicate = Callable[[Item], bool]
_TOKEN = re.compile(r'\s*(?:(\()|(\))|(-?[A-Za-z]+:)?("(?:[^"\\]|\\.)*"|[^\s()"]+))')
_DAY_MS = 86_400_000


@dataclass(slots=True)
class Query:
    """``test`` says whether an item matches. ``anywhere``: the query itself says where to look, so Trash and Junk
    are not left out; ``folders`` are the ids that ``in:`` and ``under:`` name."""

    test: Predicate
    anywhere: bool = False
    folders: set[int] = field(default_factory=set)


class _Parser:
    def __init__(self, text: str, mailbox: Mailbox) -> None:
        self._text = text
        self._mailbox = mailbox
        self._tokens = self._split(text)
        self._at = 0
        self.anywhere = False
        self.folders: set[int] = set()

    def _split(self, text: str) -> list[str]:
        tokens, at = [], 0
        stripped = text.rstrip()
        while at < len(stripped):
            match = _TOKEN.match(stripped, at)
            if match is None or match.end() == at:
                raise self._bad(stripped[at : at + 1], at)
            tokens.append((match[1] or match[2] or "") or (match[3] or "") + match[4])
            at = match.end()
        return tokens

    def _bad(self, token: str, column: int) -> ServiceError:
        return ServiceError(
            "mail.QUERY_PARSE_ERROR",
            f"Couldn't parse query: {self._text}",
            arguments=(
                ("STR", "curTok", token),
                ("NUM", "colNo", str(column)),
                ("STR", "parserErr", f'Encountered "<EOF>" at line 1, column {column}.'),
            ),
        )

    def parse(self) -> Predicate:
        if not self._tokens:
            return lambda _: True
        result = self._either()
        if self._at < len(self._tokens):
            raise self._bad(self._tokens[self._at], len(self._text))
        return result

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _either(self) -> Predicate:
        parts = [self._both()]
        while self._peek().lower() == "or":
            self._at += 1
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda item: any(part(item) for part in parts)

    def _both(self) -> Predicate:
        parts = [self._single()]
        while self._peek() and self._peek() != ")" and self._peek().lower() != "or":
            if self._peek().lower() == "and":
                self._at += 1
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else lambda item: all(part(item) for part in parts)

    def _single(self) -> Predicate:
        token = self._peek()
        self._at += 1
        if not token or token == ")":
            raise self._bad(self._tokens[-1], len(self._text.rstrip()))
        if token == "(":
            inner = self._either()
            if self._peek() != ")":
                raise self._bad(self._tokens[-1], len(self._text.rstrip()))
            self._at += 1
            return inner
        if token.lower() == "not" or (token.startswith("-") and len(token) > 1):
            if token.startswith("-"):
                self._at -= 1
                self._tokens[self._at] = token[1:]
            negated = self._single()
            return lambda item: not negated(item)
        return self._term(token)

    def _term(self, token: str) -> Predicate:
        name, colon, value = token.partition(":")
        if not colon or token.startswith('"'):
            word = _unquoted(token).casefold()
            return lambda item: word in f"{item.subject} {item.sender} {item.recipients} {item.name}".casefold()
        name, value = name.lower(), _unquoted(value)
        if name in ("in", "under", "inid", "underid"):
            return self._where(name, value)
        if name == "is":
            return self._state(value.lower())
        if name in ("date", "before", "after"):
            return _dated(name, value)
        wanted = value.casefold()
        simple: dict[str, Predicate] = {
            "subject": lambda item: wanted in (item.subject or "").casefold(),
            "from": lambda item: wanted in item.sender.casefold(),
            "to": lambda item: wanted in item.recipients.casefold(),
            "tag": lambda item: any(tag.casefold() == wanted for tag in item.tags),
            "has": lambda item: wanted != "attachment" or bool(item.flags & ATTACHED),
            "item": lambda item: wanted != "none",
            "msgid": lambda item: self._message_id(item).strip("<>").casefold() == wanted.strip("<>"),
        }
        if name not in simple:
            raise self._bad(token, self._text.find(token))
        return simple[name]

    def _message_id(self, item: Item) -> str:
        raw = self._mailbox.blob(item)
        return mime.facts(raw).message_id if raw is not None else ""

    def _where(self, name: str, value: str) -> Predicate:
        self.anywhere = True
        if name.endswith("id"):
            top = int(value) if value.isdigit() else 0
        else:
            try:
                top = self._mailbox.folder_by_path(value).id
            except ServiceError:
                # The platform names the path with the slashes it puts before it.
                raise errors.no_such_folder("//" + value.lstrip("/")) from None
        ids = {top}
        if name.startswith("under"):
            ids = {folder.id for folder in self._mailbox.subtree(top)}
        self.folders |= ids
        return lambda item: item.folder_id in ids

    def _state(self, value: str) -> Predicate:
        if value in ("anywhere", "local", "remote"):
            self.anywhere = self.anywhere or value == "anywhere"
            return lambda _: value != "remote"
        letters = {"unread": "u", "flagged": "f", "replied": "r", "forwarded": "w", "draft": "d"}
        if value in letters:
            bit = FLAG_BITS[letters[value]]
            return lambda item: bool(item.flags & bit)
        if value in ("read", "unflagged"):
            bit = FLAG_BITS["u" if value == "read" else "f"]
            return lambda item: not item.flags & bit
        raise self._bad(f"is:{value}", 0)


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text


def _dated(name: str, value: str) -> Predicate:
    if value.isdigit():
        moment = int(value)
    else:
        try:
            day = datetime.datetime.strptime(value, "%m/%d/%Y")
        except ValueError:
            raise errors.invalid_request(f"unknown date {value}") from None
        moment = int(day.replace(tzinfo=datetime.UTC).timestamp() * 1000)
    if name == "before":
        return lambda item: item.date < moment
    if name == "after":
        return lambda item: item.date >= moment + (0 if value.isdigit() else _DAY_MS)
    return lambda item: moment <= item.date < moment + _DAY_MS


def parse(text: str, mailbox: Mailbox, *, trash: bool, spam: bool) -> Query:
    """``trash`` and ``spam``: whether the account's preferences search these folders (Z3)."""
    parser = _Parser(text, mailbox)
    test = parser.parse()
    if parser.anywhere:
        return Query(test, True, parser.folders)
    left_out: set[int] = set()
    for wanted, top in ((trash, TRASH), (spam, JUNK)):
        if not wanted:
            left_out |= {folder.id for folder in mailbox.subtree(top)}
    return Query(lambda item: item.folder_id not in left_out and test(item))
