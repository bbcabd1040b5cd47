# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small filled server, made once: the tests only look at it."""

from __future__ import annotations

import pytest

from zimsim import creation
from zimsim.config import Config
from zimsim.corpus.fill import FillPlan, FillSummary, fill
from zimsim.corpus.samples import Corpus, load_corpus
from zimsim.model import Store

DOMAINS = ("a.test", "b.test")


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    """The project's own samples: what every checkout has."""
    return load_corpus(None)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory, corpus: Corpus) -> tuple[Store, FillSummary]:
    directory = tmp_path_factory.mktemp("filled")
    home = directory / "opt" / "zimbra"
    creation.create(Config(directory=directory, home=home))
    store = Store(home)
    summary = fill(store, FillPlan(30, DOMAINS, 900, "7", corpus))
    return store, summary
