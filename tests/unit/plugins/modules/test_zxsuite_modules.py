# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""main() of the modules that run zxsuite, through their real standard output, with a scripted runner below."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils import _zxsuite_argspec
from ansible_collections.mailops.zimbra.plugins.module_utils._runner import Result
from ansible_collections.mailops.zimbra.plugins.modules import (
    migration_precheck,
    zimbra_platform_info,
    zxsuite_backup,
    zxsuite_backup_info,
    zxsuite_property,
    zxsuite_service,
)
from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.zxsuite_script import (
    RESTORE_HELP,
    RESTORE_ID,
    SCAN_COMPLETED,
    SCAN_ID,
    SERVER_ID,
    SMART_SCAN_HELP,
    UNRESTORED,
    ScriptedRunner,
    logged,
    make_home,
    ok,
    queued,
    restore_completed,
    text,
)
from ansible_collections.mailops.zimbra.tests.unit.plugins.modules.running import run_main

EMPTY = ok({"operationList": []})
HOSTNAME = ("zmlocalconfig", text("zimbra_server_hostname = mail.example.com\n"))

Script = Callable[..., ScriptedRunner]


@pytest.fixture(name="home")
def home_fixture(tmp_path: Path) -> Path:
    return make_home(tmp_path / "home", "zxsuite")


@pytest.fixture(name="script")
def script_fixture(monkeypatch: pytest.MonkeyPatch) -> Script:
    """Call it with rules: every runner a module asks for then answers by them."""

    def use(*rules: tuple[str, Any]) -> ScriptedRunner:
        runner = ScriptedRunner(*rules)
        monkeypatch.setattr(_zxsuite_argspec, "module_runner", lambda _module, _user: runner)
        return runner

    return use


def backup_path(path: Path | str) -> tuple[str, Result]:
    return "config get ZxBackup_DestPath", ok({"values": [{"attribute": "ZxBackup_DestPath", "value": str(path)}]})


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


class Settings:
    """A server with one property, in the shapes of `config get` and `config set`."""

    def __init__(self, value: str) -> None:
        self.value = value

    def get(self, said: list[str]) -> Result:
        return ok({"values": [{"attribute": said[-1], "value": self.value}]})

    def set(self, said: list[str]) -> Result:
        self.value = said[-1]
        return text("ok\n")


def test_property_reads_compares_writes_and_proves(
    home: Path, script: Script, capsys: pytest.CaptureFixture[str]
) -> None:
    server = Settings("TRUE")
    runner = script(HOSTNAME, ("config get", server.get), ("config set", server.set))
    options: dict[str, Any] = {"home": str(home), "properties": {"ZxBackup_RealTimeScanner": False}}
    checked = run_main(zxsuite_property.main, capsys, check=True, diff=True, **options)
    assert (checked["changed"], server.value) == (True, "TRUE")
    changed = run_main(zxsuite_property.main, capsys, diff=True, **options)
    assert changed["changed"] and changed["diff"] == checked["diff"]
    assert changed["before"] == {"ZxBackup_RealTimeScanner": "TRUE"}
    assert changed["properties"] == {"ZxBackup_RealTimeScanner": "FALSE"}
    assert runner.called("set")[0][2:] == [
        "config", "set", "server", "mail.example.com", "ZxBackup_RealTimeScanner", "FALSE",
    ]  # fmt: skip
    assert run_main(zxsuite_property.main, capsys, **options)["changed"] is False
    assert len(runner.called("set")) == 1


def test_property_that_did_not_take_is_a_failure(
    home: Path, script: Script, capsys: pytest.CaptureFixture[str]
) -> None:
    server = Settings("TRUE")
    script(HOSTNAME, ("config get", server.get), ("config set", text("ok\n")))
    result = run_main(zxsuite_property.main, capsys, home=str(home), properties={"X": False})
    assert result["failed"] and "X is TRUE, not FALSE" in result["msg"]


def test_old_suite_without_config_uses_the_properties(
    home: Path, script: Script, capsys: pytest.CaptureFixture[str]
) -> None:
    runner = script(
        HOSTNAME,
        ("config", text("Unknown module config\n", rc=1)),
        ("getProperty", [text("X TRUE\n"), text("X FALSE\n")]),
        ("setProperty", text("ok\n")),
    )
    result = run_main(zxsuite_property.main, capsys, home=str(home), properties={"X": False})
    assert result["properties"] == {"X": "FALSE"}
    assert runner.called("setProperty")[0][-2:] == ["X", "FALSE"]


def test_service_stops_what_runs(
    home: Path, script: Script, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(zxsuite_service.time, "sleep", pauses.append)

    def services(cron: bool) -> Result:
        return ok({"services": {"module": {"running": True}, "smartscan-cron": {"running": cron}}})

    options: dict[str, Any] = {"home": str(home), "services": {"smartscan-cron": "stopped", "module": None}}
    runner = script(
        ("getServices", [services(True), services(True), services(False)]), ("doStopService", text("service stopped\n"))
    )
    result = run_main(zxsuite_service.main, capsys, **options)
    assert (result["changed"], len(pauses)) == (True, 1)
    assert result["before"] == {"smartscan-cron": "started", "module": "started"}
    assert result["services"] == {"smartscan-cron": "stopped", "module": "started"}
    assert [call[-1] for call in runner.called("doStopService")] == ["smartscan-cron"]
    assert run_main(zxsuite_service.main, capsys, **options)["changed"] is False


def test_service_this_platform_does_not_have(home: Path, script: Script, capsys: pytest.CaptureFixture[str]) -> None:
    script(("getServices", ok({"services": {"module": {"running": True}}})))
    options: dict[str, Any] = {"home": str(home), "services": {"drive-realtime": "stopped"}}
    assert "no service drive-realtime" in run_main(zxsuite_service.main, capsys, **options)["msg"]
    result = run_main(zxsuite_service.main, capsys, ignore_missing=True, **options)
    assert (result["changed"], result["services"]) == (False, {"drive-realtime": None})


def test_service_that_refuses_says_why(home: Path, script: Script, capsys: pytest.CaptureFixture[str]) -> None:
    refusal = "Service cannot be started directly, interact with 'module' service instead"
    script(("getServices", ok({"services": {"purge-cron": {"running": False}}})), ("doStartService", text(refusal)))
    result = run_main(zxsuite_service.main, capsys, home=str(home), services={"purge-cron": "started"})
    assert refusal in result["msg"]


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


def test_platform_info_fails_only_without_a_platform(
    home: Path, script: Script, capsys: pytest.CaptureFixture[str]
) -> None:
    script(
        ("zmcontrol", text("Release 8.8.15_GA_3869.UBUNTU18_64 UBUNTU18_64 FOSS edition.")),
        ("zmlocalconfig", text("", 1, "Error: no file")),
        ("zmprov", text("", 2, "ERROR: zclient.IO_ERROR")),
        ("zxsuite", text("Unable to communicate with server\n")),
    )
    platform = run_main(zimbra_platform_info.main, capsys, home=str(home), paths=[str(home)])["platform"]
    assert platform["version"]["number"] == "8.8.15"
    assert {one["what"] for one in platform["problems"]} >= {"localconfig", "mailboxes"}
    assert json.dumps(platform)


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
