#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of a mailbox."""

from __future__ import annotations

from collections.abc import Iterable

from zimsim.model import errors
from zimsim.model.base import MailboxBase
from zimsim.model.items import Tag, tag_from
from zimsim.model.types import ItemType

_FORBIDDEN = frozenset(':\\"\t\n\r\x00')


class TagOperations(MailboxBase):
    def tags(self, *, unlisted: bool = False) -> list[Tag]:
        """By id; tags made through ``tn=`` only with ``unlisted`` (R72)."""
        rows = self._db.query("SELECT * FROM tags WHERE mailbox = ? ORDER BY id", (self.id,))
        return [tag for tag in map(tag_from, rows) if tag.listed or unlisted]

    def tag(self, name: str) -> Tag | None:
        row = self._db.one("SELECT * FROM tags WHERE mailbox = ? AND name = ?", (self.id, name))
        return tag_from(row) if row else None

    def tag_by_id(self, tag_id: int) -> Tag:
        row = self._db.one("SELECT * FROM tags WHERE mailbox = ? AND id = ?", (self.id, tag_id))
        if row is None:
            raise errors.no_such_tag(str(tag_id))
        return tag_from(row)

    def create_tag(self, name: str, color: int = 0, *, listed: bool = True, date: int | None = None) -> Tag:
        """ALREADY_EXISTS for a listed tag; an unlisted one of that name becomes listed."""
        stripped = name.rstrip()
        if not stripped or _FORBIDDEN & set(stripped):
            raise errors.invalid_name(name)
        with self.change() as change:
            existing = self.tag(stripped)
            if existing is not None:
                if existing.listed or not listed:
                    raise errors.already_exists(stripped)
                change.connection.execute(
                    "UPDATE tags SET listed = 1, color = ?, mod_metadata = ? WHERE mailbox = ? AND id = ?",
                    (color, change.token, self.id, existing.id),
                )
                return self.tag_by_id(existing.id)
            tag_id = change.new_id()
            change.connection.execute(
                "INSERT INTO tags (mailbox, id, name, color, listed, date, mod_metadata) VALUES (?,?,?,?,?,?,?)",
                (self.id, tag_id, stripped, color, int(listed), change.time if date is None else date, change.token),
            )
            return self.tag_by_id(tag_id)

    def delete_tag(self, tag_id: int) -> None:
        """The tag leaves every item that carries it."""
        with self.change() as change:
            tag = self.tag_by_id(tag_id)
            change.connection.execute("DELETE FROM tags WHERE mailbox = ? AND id = ?", (self.id, tag_id))
            change.connection.execute(
                "INSERT INTO tombstones (mailbox, change, type, item) VALUES (?,?,?,?)",
                (self.id, change.token, ItemType.TAG, tag_id),
            )
            self._untag_all(tag.name)

    def _untag_all(self, name: str) -> None:
        raise NotImplementedError

    def ensure_tags(self, names: Iterable[str], *, listed: bool = False) -> tuple[str, ...]:
        """The names as the mailbox writes them; missing tags come into being unlisted unless ``listed``."""
        found = []
        for name in names:
            tag = self.tag(name) or self.create_tag(name, listed=listed)
            found.append(tag.name)
        return tuple(dict.fromkeys(found))
