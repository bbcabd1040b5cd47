# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One step of a long operation, through main()."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.modules import zxsuite_backup
from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.zxsuite_script import (
    RESTORE_HELP,
    RESTORE_ID,
    SCAN_ID,
    SERVER_ID,
    SMART_SCAN_HELP,
    UNRESTORED,
    logged,
    ok,
    restore_completed,
    text,
)
from ansible_collections.mailops.zimbra.tests.unit.plugins.modules.running import run_main
from ansible_collections.mailops.zimbra.tests.unit.plugins.modules.zxsuite_host import (
    EMPTY,
    HOSTNAME,
    Script,
    backup_path,
)


def test_backup_starts_and_returns(home: Path, script: Script, capsys: pytest.CaptureFixture[str]) -> None:
    runner = script(
        ("getAllOperations", EMPTY),
        ("help doSmartScan", text(SMART_SCAN_HELP)),
        ("doSmartScan", ok({"operationId": SCAN_ID})),
    )
    result = run_main(zxsuite_backup.main, capsys, operation="smart_scan", home=str(home), deep=True)
    assert (result["operation_id"], result["how"], result["settled"]) == (SCAN_ID, "started", False)
    assert runner.calls[-1] == [
        f"{home}/bin/zxsuite", "--json", "backup", "doSmartScan", "start", "deep", "true",
    ]  # fmt: skip


def test_backup_in_check_mode_starts_nothing(home: Path, script: Script, capsys: pytest.CaptureFixture[str]) -> None:
    runner = script(("getAllOperations", EMPTY))
    result = run_main(zxsuite_backup.main, capsys, check=True, operation="smart_scan", home=str(home))
    assert (result["changed"], result["how"], len(runner.calls)) == (True, "would_start", 1)


def test_backup_fails_with_the_unrestored_items(home: Path, script: Script, capsys: pytest.CaptureFixture[str]) -> None:
    script(
        ("getAllOperations", EMPTY),
        ("getOperationLog", ok({"operationList": [logged(RESTORE_ID, "ExternalRestore")]})),
        ("getNotification", ok({"notifications": [{"text": restore_completed(2, UNRESTORED)}]})),
    )
    result = run_main(
        zxsuite_backup.main,
        capsys,
        operation="external_restore",
        path="/import",
        home=str(home),
        operation_id=RESTORE_ID,
    )
    assert (result["failed"], result["error"]) == (True, "OperationFailed")
    assert result["details"]["unrestored"]["account1@example.com"] == ["1255", "1369"]
    assert result["details"]["operation_id"] == RESTORE_ID


def test_backup_never_imports_the_servers_own_path(
    home: Path, script: Script, capsys: pytest.CaptureFixture[str]
) -> None:
    own = home / "backup" / "zextras"
    (own / "accounts").mkdir(parents=True)
    link = home / "link"
    link.symlink_to(own)
    for path in (own, own / "accounts", home / "backup", link):
        runner = script(HOSTNAME, backup_path(own))
        result = run_main(zxsuite_backup.main, capsys, operation="external_restore", path=str(path), home=str(home))
        assert result["error"] == "ParameterError"
        assert "own backup path" in result["msg"]
        assert not runner.called("doExternalRestore")


def test_backup_imports_a_copy_that_is_one(home: Path, script: Script, capsys: pytest.CaptureFixture[str]) -> None:
    copy = home / "copy"
    copy.mkdir()
    rules = (HOSTNAME, backup_path(home / "own"), ("getAllOperations", EMPTY))
    script(*rules)
    result = run_main(zxsuite_backup.main, capsys, operation="external_restore", path=str(copy), home=str(home))
    assert "no directory 'accounts'" in result["msg"]
    (copy / "accounts").mkdir()
    script(*rules, ("help", text(RESTORE_HELP)), ("doExternalRestore", ok({"operationId": RESTORE_ID})))
    result = run_main(zxsuite_backup.main, capsys, operation="external_restore", path=str(copy), home=str(home))
    assert result["operation_id"] == RESTORE_ID


def test_fix_shares_names_the_map_file_as_the_platform_wants_it(
    home: Path, script: Script, capsys: pytest.CaptureFixture[str]
) -> None:
    own = home / "own"
    own.mkdir()
    name = f"map_{SERVER_ID}"
    options = {"operation": "fix_shares", "map_file": name, "home": str(home)}
    rules = (
        HOSTNAME,
        backup_path(own),
        ("getAllOperations", EMPTY),
        ("help", text("Syntax:\n   zxsuite backup doFixShares {import_idmap_file}\n")),
        ("doFixShares", ok({"operationId": SCAN_ID})),
    )
    script(*rules)
    assert f"there is no {own}/{name}" in run_main(zxsuite_backup.main, capsys, **options)["msg"]
    (own / name).touch()
    runner = script(*rules)
    run_main(zxsuite_backup.main, capsys, **options)
    assert runner.calls[-1][-2:] == ["doFixShares", name]
    runner = script(*rules)
    run_main(zxsuite_backup.main, capsys, **dict(options, map_file=str(own / name)))
    assert runner.calls[-1][-1] == name


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"operation": "export"}, "needs the option 'path'"),
        ({"operation": "smart_scan", "path": "/x"}, "does not take path"),
        ({"operation": "smart_scan", "unit": "u"}, "required together"),
        ({"operation": "dance"}, "value of operation must be one of"),
    ],
)
def test_backup_options(
    options: dict[str, Any], said: str, home: Path, script: Script, capsys: pytest.CaptureFixture[str]
) -> None:
    runner = script()
    result = run_main(zxsuite_backup.main, capsys, home=str(home), **options)
    assert result["failed"] and said in result["msg"]
    assert runner.calls == []


def test_no_platform_is_a_clear_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = run_main(zxsuite_backup.main, capsys, operation="smart_scan", home=str(tmp_path))
    assert result["error"] == "PlatformError"
    assert str(tmp_path) in result["msg"]
