# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each module gets two servers of its own; the collection is the built and installed one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from maillab.lab import Lab, Population

ROOT = Path(__file__).resolve().parents[2]
COLLECTIONS = ROOT / ".build" / "collections"
CORPUS = ROOT / ".build" / "corpus"
SMALL = Population(accounts=9, messages=240)


@pytest.fixture(scope="session")
def _installed() -> None:
    if not (COLLECTIONS / "ansible_collections" / "mailops" / "zimbra").is_dir():
        raise pytest.UsageError("the collection is not installed: run 'make collection', or 'make integration'")


@pytest.fixture(scope="module")
def lab(_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Two servers that all tests of a module share."""
    yield from _running(tmp_path_factory.mktemp("lab") / "lab")


@pytest.fixture
def own_lab(_installed: None, tmp_path: Path) -> Iterator[Lab]:
    """Two servers for one test."""
    yield from _running(tmp_path / "lab")


def _running(directory: Path) -> Iterator[Lab]:
    lab = Lab.at(directory, COLLECTIONS, CORPUS if CORPUS.exists() else None)
    try:
        lab.up(SMALL)
        yield lab
    finally:
        lab.down()
