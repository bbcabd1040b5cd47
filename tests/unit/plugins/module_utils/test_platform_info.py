# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts are gathered part by part; a part that cannot be read stops no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils import _platform_info as info
from ansible_collections.mailops.zimbra.plugins.module_utils._platform import detect
from ansible_collections.mailops.zimbra.plugins.module_utils._runner import Result
from ansible_collections.mailops.zimbra.plugins.module_utils._times import scan_time
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_answer import parse_answer
from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.zxsuite_script import (
    SCAN_ID,
    SERVER_ID,
    ScriptedRunner,
    make_home,
    ok,
    queued,
    text,
)

HOST = "mail.example.com"
RELEASE = "Release 8.8.15_GA_3869.UBUNTU18_64.20190918004220 UBUNTU18_64 FOSS edition, Patch 8.8.15_P40.\n"
CONFIG = f"""zimbra_server_hostname = {HOST}
zimbra_zmprov_default_soap_server = 127.0.0.1
zimbra_admin_service_port = 7071
"""


def prop(name: str, value: str) -> tuple[str, Result]:
    entry = {"attribute": name, "value": value, "isInherited": False, "modules": ["ZxBackup"]}
    return f"config get server {name}", ok({"server": SERVER_ID, "values": [entry]})


def rules(backup: Path) -> list[tuple[str, Any]]:
    return [
        ("zmcontrol -v", text(RELEASE)),
        ("zmlocalconfig", text(CONFIG)),
        (f"zmprov gs {HOST}", text(f"# name {HOST}\nzimbraId: {SERVER_ID}\n")),
        (f"zmprov gqu {HOST}", text("a@x.test 0 1000\nb@x.test 500 2000\n")),
        ("zmprov gac", text("default\nno backup\n")),
        ("zmprov gc default", text("# name default\n")),
        ("zmprov gc", text("# name x\nzimbraNotes: keep ${ZxBackup_Disabled} here\n")),
        ("help powerstore", text("  doMoveBlobs - x\n      zxsuite powerstore doMoveBlobs {action}\n")),
        ("core getVersion", ok({"zextras_version": "3.15.0", "Server versions": {"version": "3.14.0"}})),
        ("core getLicenseInfo", ok({"dateEnd": "2030-06-11 00:00:00 UTC", "expired": False, "licensedUsers": 50})),
        ("backup getServices", ok({"services": {"module": {"running": True}, "smartscan-cron": {"running": False}}})),
        ("core getAllOperations", ok({"operationList": [queued(SCAN_ID, "SmartScan")]})),
        ("backup getBackupInfo", ok({"firstScan": 1672218757532, "lastScan": "2022-12-28 09:12:37 UTC"})),
        prop("ZxBackup_DestPath", str(backup)),
        prop("ZxBackup_RealTimeScanner", "TRUE"),
        prop("backupBloblessMode", "FALSE"),
        ("config get", ok({"server": SERVER_ID, "values": []})),
    ]


def gather(home: Path, *script: tuple[str, Any]) -> dict[str, Any]:
    platform = detect(str(home), "zimbra")
    return info.gather(platform, ScriptedRunner(*script), info.Wish([str(home)], True, 120.0))


def test_everything(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", "zxsuite")
    backup = home / "backup"
    (backup / "accounts").mkdir(parents=True)
    facts = gather(home, *rules(backup))
    assert facts["problems"] == []
    assert (facts["product"], facts["dialect"], facts["hostname"], facts["server_id"]) == (
        "zimbra", "suite", HOST, SERVER_ID,
    )  # fmt: skip
    assert (facts["admin_host"], facts["admin_port"]) == ("127.0.0.1", 7071)
    assert facts["version"]["number"] == "8.8.15"
    assert facts["storage_module"] == "powerstore"
    assert facts["suite"] == {"version": "3.14.0", "cli_version": "3.15.0", "product": None}
    assert facts["licence"]["expired"] is False
    assert facts["licence"]["licensed_users"] == 50
    assert facts["services"]["module"]["running"] is True
    assert facts["operations"] == [{"id": SCAN_ID, "name": "SmartScan", "kind": "smart_scan", "state": "running"}]
    assert facts["mailboxes"] == {"count": 2, "bytes": 3000}
    assert facts["excluded_coses"] == ["no backup"]
    assert facts["backup"] == {
        "path": str(backup),
        "realtime_scanner": True,
        "blobless": False,
        "archive": None,
        "initialized": True,
        "first_scan": "2022-12-28T09:12:37Z",
        "last_scan": "2022-12-28T09:12:37Z",
    }
    spaces = {one["role"]: one for one in facts["spaces"]}
    assert spaces["backup"]["case_sensitive"] is True
    assert spaces["store"]["exists"] is False
    assert spaces["path"]["free"] > 0


def test_a_part_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", "zxsuite")
    broken = [
        ("core getLicenseInfo", text("Unable to communicate with server\n")),
        ("zmprov gqu", text("", 2, "ERROR")),
    ]
    facts = gather(home, *broken, *rules(home))
    assert facts["licence"] is None
    assert [(one["what"], one["error"]) for one in facts["problems"]] == [
        ("mailboxes", "CommandError"),
        ("licence", "Unreachable"),
    ]
    assert facts["services"] is not None


def test_zimbra_10_has_no_zxsuite_and_says_so(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    facts = gather(home, ("zmcontrol", text("Release 10.0.7.GA.4518.UBUNTU20_64 NETWORK edition.")), *rules(home))
    assert (facts["dialect"], facts["zxsuite"], facts["backup"]) == (None, None, None)
    assert [one["what"] for one in facts["problems"]] == ["zxsuite"]
    assert "Zimbra 10" in facts["problems"][0]["message"]


def test_ng_reads_its_properties_the_old_way(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", "zxsuite", "zmbackupquery")
    script = [("backup getProperty ZxBackup_RealTimeScanner", text("ZxBackup_RealTimeScanner FALSE\n"))]
    script.append(("backup getProperty", ok({"value": None})))
    script.append(("help powerstore", text("Unknown module powerstore\n", rc=1)))
    script.append(("help hsm", text("  doMoveBlobs - x\n      zxsuite hsm doMoveBlobs {action}\n")))
    facts = gather(home, *script, *rules(home))
    assert (facts["dialect"], facts["storage_module"]) == ("ng", "hsm")
    assert facts["backup"]["realtime_scanner"] is False
    assert facts["backup"]["path"] is None


def test_carbonio_asks_for_an_attribute_of_the_cos(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", "carbonio")
    excluded = {"values": [{"attribute": "backupEnabled", "value": "FALSE"}]}
    script = [
        ("config get cos default", ok({"values": []})),
        ("config get cos", ok(excluded)),
        ("zmcontrol", text("Carbonio Release 24.12.0")),
    ]
    facts = gather(home, *script, *rules(home))
    assert (facts["product"], facts["dialect"], facts["suite"]) == ("carbonio", "carbonio", None)
    assert facts["excluded_coses"] == ["no backup"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, None),
        ("0", None),
        (1672218757532, "2022-12-28T09:12:37Z"),
        ("2022-12-28 09:12:37 UTC", "2022-12-28T09:12:37Z"),
        ("1969-12-31 23:00:00 UTC", None),
        ("1970-01-01 01:00:00 CET", None),
        (None, None),
        ("never", None),
    ],
)
def test_scan_times(value: Any, expected: str | None) -> None:
    assert scan_time(value) == expected


def test_version_in_text_form() -> None:
    said = """   CLI versions:

           zextras_version                                     24.12.0

   Server versions:

           version                                             24.12.1
           product                                             Carbonio
"""
    found = info.suite_version(parse_answer(Result(0, said, ""), "x"))
    assert found == {"version": "24.12.1", "cli_version": "24.12.0", "product": "Carbonio"}
