# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings and their remedies, through main()."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.modules import migration_precheck
from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.zxsuite_script import (
    SERVER_ID,
)
from ansible_collections.mailops.zimbra.tests.unit.plugins.modules.running import run_main


def test_precheck_fails_with_every_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    server = {
        "product": "zimbra",
        "version": {"number": "10.0.7"},
        "zxsuite": None,
        "server_id": SERVER_ID,
        "mailboxes": {"count": 1, "bytes": 1},
    }
    options: dict[str, Any] = {"source": server, "destination": dict(server)}
    result = run_main(migration_precheck.main, capsys, check=True, **options)
    assert result["failed"] and result["errors"] == 3
    assert "same server" in result["msg"] and "F35" in result["msg"]
    assert run_main(migration_precheck.main, capsys, fail=False, **options)["errors"] == 3
    accepted = run_main(migration_precheck.main, capsys, accept=["F35", "M3"], **options)
    assert (accepted["errors"], accepted["warnings_count"]) == (0, 3)


def test_precheck_wants_facts(capsys: pytest.CaptureFixture[str]) -> None:
    result = run_main(migration_precheck.main, capsys, source={"platform": {}}, destination={})
    assert "source is not what zimbra_platform_info returns" in result["msg"]
