#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The corpus as the generator uses it: samples by kind, in an order that does not depend on the disk."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from zimsim.corpus.builtin import BUILTIN_CALENDARS, BUILTIN_CARDS, BUILTIN_MAILS
from zimsim.corpus.sources import CALENDAR, CARD, MAIL


@dataclass(frozen=True)
class Sample:
    """One file of the corpus; ``data`` is every byte of it."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Corpus:
    """``mails`` begin with the project's own odd ones; ``real`` says whether fetched samples are among them."""

    mails: Sequence[Sample]
    calendars: Sequence[Sample]
    cards: Sequence[Sample]
    real: bool


def _directory(root: Path, kind: str) -> list[Sample]:
    folder = root / kind
    if not folder.is_dir():
        return []
    return [Sample(path.name, path.read_bytes()) for path in sorted(folder.iterdir()) if path.is_file()]


def _builtin(texts: dict[str, bytes]) -> list[Sample]:
    return [Sample(f"own_{name}", data) for name, data in texts.items()]


def load_corpus(root: Path | None) -> Corpus:
    """The fetched corpus in ``root`` after the project's own samples; None gives the own ones alone."""
    mails, calendars, cards = _builtin(BUILTIN_MAILS), _builtin(BUILTIN_CALENDARS), _builtin(BUILTIN_CARDS)
    if root is None:
        return Corpus(mails, calendars, cards, real=False)
    real = _directory(root, MAIL)
    if not real:
        raise FileNotFoundError(f"no mail corpus in {root}: run 'python -m zimsim.corpus.fetch {root}' first")
    return Corpus(mails + real, calendars + _directory(root, CALENDAR), cards + _directory(root, CARD), real=True)


def default_corpus() -> Path | None:
    """$ZIMSIM_CORPUS, else ``.build/corpus`` of the checkout this package lies in, when it is there."""
    named = os.environ.get("ZIMSIM_CORPUS")
    if named:
        return Path(named)
    checkout = Path(__file__).resolve().parents[4] / ".build" / "corpus"
    return checkout if (checkout / "manifest.json").exists() else None
