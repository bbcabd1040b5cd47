#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The encoding of metadata, with texts of every kind."""

from __future__ import annotations

import pytest

from zimsim.model import bencode


def test_as_recorded() -> None:
    recorded = "d3:fldd5:email16:max@example.test9:firstName3:Max8:lastName6:Müster5:notes13:Zeile1\nZeile2e1:vi10ee"
    fields = {"email": "max@example.test", "firstName": "Max", "lastName": "Müster", "notes": "Zeile1\nZeile2"}
    assert bencode.encode({"v": 10, "fld": fields}) == recorded
    assert bencode.decode(recorded) == {"fld": fields, "v": 10}


@pytest.mark.parametrize("text", ["", "ascii", "Müster €", "\U0001f600", "a\U0001f600b", "x" * 1000, "\ud800"])
def test_round_trip(text: str) -> None:
    value: dict[str, bencode.Value] = {"l": [text, {"n": -3}], "t": text}
    assert bencode.decode(bencode.encode(value)) == value


def test_an_emoji_counts_two() -> None:
    assert bencode.encode({"s": "\U0001f600"}) == "d1:s2:\U0001f600e"


@pytest.mark.parametrize("text", ["d", "d1:a", "d1:ai1e", "d1:a5:xe", "i1e", "l1:ae", "d1:ai1ee1"])
def test_broken(text: str) -> None:
    with pytest.raises(ValueError):
        bencode.decode(text)
