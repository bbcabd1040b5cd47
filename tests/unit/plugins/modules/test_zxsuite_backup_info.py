# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the Backup module says about itself, through main()."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.mailops.zimbra.plugins.modules import zxsuite_backup_info
from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.zxsuite_script import (
    RESTORE_ID,
    SCAN_COMPLETED,
    SCAN_ID,
    logged,
    ok,
    queued,
)
from ansible_collections.mailops.zimbra.tests.unit.plugins.modules.running import run_main
from ansible_collections.mailops.zimbra.tests.unit.plugins.modules.zxsuite_host import Script


def test_backup_info(home: Path, script: Script, capsys: pytest.CaptureFixture[str]) -> None:
    script(
        ("getBackupInfo", ok({"firstScan": 0, "lastScan": 0, "numCheckedAccounts": 3})),
        ("getAvailableAccounts", ok({"accountMap": {"b@x.test": "id1", "a@x.test": "id2"}, "by": "admin@y.test"})),
        ("getAvailableDomains last /copy", ok({"domains": ["x.test", "a.test"]})),
        ("getAllOperations", ok({"operationList": [queued(SCAN_ID, "SmartScan")]})),
        ("getOperationLog", ok({"operationList": [logged(RESTORE_ID, "ExternalRestore", "Exception")]})),
        ("getNotification", ok([{"text": SCAN_COMPLETED}])),
    )
    backup = run_main(
        zxsuite_backup_info.main,
        capsys,
        home=str(home),
        gather=["state", "accounts", "domains", "operations", "log"],
        backup_path="/copy",
        operation_id=SCAN_ID,
    )["backup"]
    assert (backup["state"]["initialized"], backup["state"]["told"]["numCheckedAccounts"]) == (False, 3)
    assert backup["accounts"] == ["a@x.test", "b@x.test"]
    assert backup["domains"] == ["a.test", "x.test"]
    assert [(one["kind"], one["state"]) for one in backup["operations"] + backup["log"]] == [
        ("smart_scan", "running"),
        ("external_restore", "failed"),
    ]
    assert backup["operations"][0]["started"] == "1970-01-01T00:16:40Z"
    assert backup["report"]["statistics"]["checked_items"] == 198
