# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail servers for the tests of the MTA."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from zimsim.smtp.testing import MailServer


@pytest.fixture
def make_server(tmp_path: Path) -> Iterator[Callable[..., MailServer]]:
    """``make_server(name)``: a started server; all are stopped at the end."""
    made: list[MailServer] = []

    def make(name: str = "mail", *, start: bool = True, mta: str = '{"minimal_backoff": 0.2}') -> MailServer:
        server = MailServer(tmp_path / name, f"{name}.test", f"127.0.0.{21 + len(made)}", mta)
        made.append(server)
        if start:
            server.start()
        return server

    yield make
    for server in made:
        server.close()


@pytest.fixture
def server(make_server: Callable[..., MailServer]) -> MailServer:
    return make_server()
