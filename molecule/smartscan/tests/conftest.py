# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two hosts as seen over Ansible's ssh, and what is read there without the collection."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
import testinfra
from testinfra.host import Host

PROJECT = os.environ["MOLECULE_PROJECT_DIRECTORY"]
ZIMSIM = f"{PROJECT}/.venv/bin/zimsim"
SERVER = "/opt/mailserver"
LEDGER = "/opt/migration/ledger.db"
SELECT = """
import json, sqlite3, sys
db = sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True)
db.row_factory = sqlite3.Row
print(json.dumps([dict(row) for row in db.execute(sys.argv[2])]))
"""


def connect(name: str) -> Host:
    return testinfra.get_host(f"ansible://{name}", ansible_inventory=os.environ["MOLECULE_INVENTORY_FILE"])


@pytest.fixture(scope="session")
def source() -> Host:
    return connect("source")


@pytest.fixture(scope="session")
def destination() -> Host:
    return connect("destination")


def as_service_user(host: Host, *argv: str) -> str:
    """What a command of the service user prints; it has to succeed."""
    words = " ".join("'" + word.replace("'", "'\\''") + "'" for word in argv)
    return str(host.check_output(f"cd / && runuser -u zimbra -- {words}"))


def stores(host: Host) -> dict[str, Any]:
    """Every account with its folders and items, read from the stores by the simulator's inspector."""
    found: dict[str, Any] = json.loads(as_service_user(host, ZIMSIM, "inspect", SERVER, "--json"))["accounts"]
    return found


def ledger(host: Host, query: str) -> list[dict[str, Any]]:
    """Rows of the ledger, read with SQLite alone."""
    rows: list[dict[str, Any]] = json.loads(host.check_output("python3 -c %s %s %s", SELECT, LEDGER, query))
    return rows
