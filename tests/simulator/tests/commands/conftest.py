# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command programs on a server that is not listening: its store, journal and configuration are real."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from zimsim import creation
from zimsim.commands import registry
from zimsim.commands.context import CommandContext, Stdin
from zimsim.config import Config
from zimsim.server import Server


@dataclass(frozen=True)
class Result:
    """As the recordings have it."""

    status: int
    out: str
    err: str


Call = Callable[..., Result]


@pytest.fixture(scope="session")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new server's home: making one takes longer than most tests."""
    directory = tmp_path_factory.mktemp("pattern")
    home = directory / "opt" / "zimbra"
    creation.create(Config(directory=directory, home=home, hostname="localhost"))
    return home


@pytest.fixture
def server(pattern: Path, tmp_path: Path) -> Iterator[Server]:
    home = tmp_path / "opt" / "zimbra"
    shutil.copytree(pattern, home)
    server = Server(Config.of_home(home))
    server.store.directory.create("domain", "mig.test", {"description": "Zwei Wörter ü"})
    yield server
    server.executor.shutdown()
    server.store.close()


@pytest.fixture
def call(server: Server, tmp_path: Path) -> Call:
    """``call("zmprov", "gd", "mig.test", stdin="...")`` runs a program of the server."""
    programs = registry.load(server.config)

    def run(prog: str, *argv: str, stdin: str = "", uid: int | None = None) -> Result:
        printed: dict[bytes, list[bytes]] = {b"o": [], b"e": []}
        pieces = [stdin.encode(), b""]
        context = CommandContext(
            server=server,
            prog=prog,
            argv=list(argv),
            cwd=str(tmp_path),
            environ={},
            uid=os.getuid() if uid is None else uid,
            stdin=Stdin(lambda: pieces.pop(0)),
            send=lambda kind, data: printed[kind].append(data),
        )
        status = programs[prog](context)
        return Result(status, b"".join(printed[b"o"]).decode(), b"".join(printed[b"e"]).decode())

    return run
