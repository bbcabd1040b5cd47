#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options and servers of the contract tests: ``--target FILE`` for a server of one's own, else two simulated ones."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .client import Target

PRODUCTS = ("zimbra", "carbonio")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--target", type=Path, help="target file of the server to test; default: simulated servers")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "product" in metafunc.fixturenames:
        given: Path | None = metafunc.config.getoption("--target")
        products = PRODUCTS if given is None else (str(json.loads(given.read_text(encoding="utf-8"))["product"]),)
        metafunc.parametrize("product", products, scope="session")


@pytest.fixture(scope="session")
def target(product: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    given: Path | None = request.config.getoption("--target")
    if given is not None:
        yield Target(**json.loads(given.read_text(encoding="utf-8")))
        return
    directory = tmp_path_factory.mktemp(product)
    _zimsim("create", directory, "--product", product)
    _zimsim("start", directory)
    try:
        yield Target(**json.loads(_zimsim("target", directory)))
    finally:
        _zimsim("stop", directory)


def _zimsim(command: str, directory: Path, *arguments: str) -> str:
    argv = [sys.executable, "-m", "zimsim.cli", command, str(directory), *arguments]
    return subprocess.run(argv, stdout=subprocess.PIPE, text=True, timeout=120, check=True).stdout
