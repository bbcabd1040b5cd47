#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a line of a file or of standard input becomes words (zimbra-provisioning.md 1.7; R57, R83)."""

from __future__ import annotations

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


def split_line(line: str) -> list[str]:
    """Quotes count only at a word's beginning, escapes everywhere; an unclosed quote ends with the line."""
    words: list[str] = []
    at, end = 0, len(line)
    while at < end:
        if line[at].isspace():
            at += 1
            continue
        quote = line[at] if line[at] in "'\"" else ""
        at += len(quote)
        word: list[str] = []
        closed = False
        while at < end:
            character = line[at]
            if character == "\\" and at + 1 < end:
                word.append(_ESCAPES.get(line[at + 1], line[at + 1]))
                at += 2
                continue
            if (quote and character == quote) or (not quote and character.isspace()):
                at += 1
                closed = True
                break
            word.append(character)
            at += 1
        # An unclosed quote with nothing behind it is dropped; an empty pair of quotes is a word.
        if word or (quote and closed):
            words.append("".join(word))
    return words


def as_console(line: str) -> str:
    """What the line editor leaves of a line read from standard input: no letter beyond ASCII, no tab (R56)."""
    return "".join(character if character.isascii() else "\ufffd" for character in line if character != "\t")


def console_echo(line: str) -> str:
    """What the line editor shows of it: a tab rings the bell."""
    return line.replace("\t", "\a")
