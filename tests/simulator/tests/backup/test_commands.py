# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the programs print: help, envelopes, text, refusals, in the three dialects."""

from __future__ import annotations

import os
import re

import pytest

UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def test_missing_parameters_print_the_first_line_a_blank_one_and_the_help(source):
    status, text = source.call("backup", "getItem")
    assert status == 0
    assert text.startswith(
        "command getItem requires more parameters\n\nSyntax:\n"
        "   zxsuite backup getItem {account} {item} [attr1 value1 [attr2 value2...\n\nPARAMETER LIST\n\nNAME "
    )
    assert "account(M) " in text and "(M) == mandatory parameter, (O) == optional parameter\n\nUsage example:\n" in text


@pytest.mark.parametrize(("suite", "line"), [("suite", "doSmartScan *start* [attr1"), ("ng", "doSmartScan [attr1")])
def test_only_suite_wants_start(make_server, suite, line):
    server = make_server(suite, suite=suite)
    assert f"   zxsuite backup {line}" in server.call("help", "backup", "dosmartscan")[1]
    words = ["start"] if suite == "suite" else []
    wrong = [] if suite == "suite" else ["start"]
    assert "Syntax:" in server.call("backup", "doSmartScan", *wrong)[1]
    assert server.json("backup", "DOSMARTSCAN", *words)["ok"]


def test_dialects_read_and_write_properties_their_way(make_server):
    suite, ng = make_server("suite"), make_server("ng", suite="ng")
    carbonio = make_server("carbonio", product="carbonio", suite="carbonio", version="25.12.0")
    for server in (suite, ng):
        assert server.call("backup", "getProperty", "ZxBackup_RealTimeScanner")[1].split() == [
            "ZxBackup_RealTimeScanner",
            "TRUE",
        ]
        assert "ok" in server.call("backup", "setProperty", "zxbackup_realtimescanner", "false")[1]
    for server in (suite, carbonio):
        assert (
            server.call("config", "set", "server", server.backup.host, "ZxBackup_RealTimeScanner", "TRUE")[1] == "ok\n"
        )
        answer = server.json("config", "get", "server", server.backup.host, "ZxBackup_RealTimeScanner")["response"]
        assert answer["values"][0]["value"] is True and answer["values"][0]["isInherited"] is False
    old = ("server", "get", "mail.suite.test", "attribute", "ZxBackup_RealTimeScanner")
    assert suite.json("config", *old)["response"]["values"][0]["value"] is True
    assert "Unknown module config" in ng.call("config", "get", "server", "x", "y")[1]
    assert "Unknown command getProperty" in carbonio.call("backup", "getProperty", "ZxBackup_RealTimeScanner")[1]
    assert ng.backup.layout.root.endswith("/backup/ng")


def test_envelopes(source):
    local = source.json("backup", "getAllOperations")
    assert local == {"response": {"operationList": [], "realTimeScanOperations": 0}, "ok": True}
    nested = source.json("--host", "all_servers", "backup", "getAllOperations")
    assert nested == {"response": {"mail.source.test": local}, "nested": True, "ok": True}
    failed = source.json("backup", "doExternalRestore", "/nowhere")
    assert failed["ok"] is False
    error = failed["error"]
    assert set(error) == {"code", "message", "time", "details", "stackTrace", "cause"}
    assert "{path}" in error["message"] and error["details"]["path"] == "/nowhere"


def test_a_started_operation_is_followed_to_its_notifications(source):
    status, text = source.call("--progress", "backup", "doSmartScan", "start", "notifications", "me@a.test")
    assert status == 0
    (operation_id,) = set(re.findall(rf"monitor ({UUID})", text))
    assert re.search(
        r" --\n Account scanned: +7/7\n Account updated/new: +0/7\n Item scanned: +\d+\n"
        r" Item updated/new/unique: +0/\d+/20\n",
        text,
    )
    started, warning, completed = text.partition("== Notifications ==\n")[2].split("Subject: ")[1:]
    assert "missing `ldap_root_password` in localconfig." in warning
    assert started.startswith("Zextras Backup Notification, Smart Scan started.\nDate: ")
    assert f"Monitor Command: zxsuite backup monitor {operation_id}\n" in started and "- stats -" not in started
    assert re.match(
        r"Zextras Backup Notification, Smart Scan completed\.\nDate: \d\d/\d\d/\d{4} \d\d:\d\d:\d\d\n"
        r"Level: Information\nServer: mail\.source\.test\nText:\n"
        r"This is an automated notification from Zextras Backup about Smart Scan\.\nOperation Smart Scan Completed\.\n"
        rf"Operation Id: {operation_id}\nOperation Host: mail\.source\.test\nOperation Start Time: .*\n"
        r"Operation Duration: \d+ seconds?\nOperation requested by: zimbra\n",
        completed,
    )
    assert "\n\n- stats -\n new accounts: 7\n accounts updated: 0\n" in completed
    assert " additional notification mails: me@a.test" in completed
    levels = [each["level"] for each in source.json("core", "getNotification")["response"]["notifications"]]
    assert levels == ["Information", "Warning", "Information"]
    assert source.call("backup", "monitor", operation_id)[1].count("== Notifications ==") == 1


def test_services(source):
    assert source.call("backup", "doStopService", "smartscan-cron")[1] == "service stopped\n"
    services = source.json("backup", "getServices")["response"]["services"]
    assert services["smartscan-cron"] == {"could_start": True, "could_stop": False, "running": False}
    assert services["backup-realtime"]["could_not_start_because"] == "RealTime Scanner disabled"
    source.call("backup", "doStopService", "module")
    answer = source.json("backup", "doStartService", "purge-cron")
    assert answer["error"]["details"]["cause"] == (
        "Service cannot be started directly, interact with 'module' service instead"
    )
    assert source.call("backup", "doStartService", "module")[1] == "service started\n"


def test_get_item_and_account_info(source):
    source.scan()
    box = source.mailbox("anna@a.test")
    item = next(iter(box.items()))
    text = source.call("backup", "getItem", "anna@a.test", str(item.id))[1]
    assert re.search(r"\n +itemStates\n\n +start_date  +\d\d/\d\d/\d{4} ", text)
    assert re.search(rf"\n +blob path  +{re.escape(source.backup.layout.blob(item.digest))}\n", text)
    info = source.call("backup", "getAccountInfo", "anna@a.test")[1]
    assert re.search(r"end date +now", info) and "{SSHA" not in info
    source.account("new@a.test")
    assert source.call("backup", "getAccountInfo", "new@a.test") == (
        0,
        "Can't find the backup folder for the account\n",
    )


def test_backup_info_before_and_after_the_first_scan(source):
    assert source.json("backup", "getBackupInfo")["response"]["firstScan"] == 0
    assert source.json("backup", "getBackupInfo")["response"]["lastScan"].startswith("1970-01-01 ")
    source.scan()
    info = source.json("backup", "getBackupInfo")["response"]
    assert info["lastScan"].startswith("20") and info["numActiveBackupedAccounts"] == 7


def test_parameters_are_checked(source, tmp_path):
    for words in (
        ("doSmartScan", "start", "deep", "maybe"),
        ("doSmartScan", "start", "notifications", "nobody"),
        ("doSmartScan", "start", "deep"),
        ("doSmartScan", "start", "colour", "blue"),
        ("doExternalRestore", str(tmp_path), "notifications", "a@a.test,b@a.test"),
        ("monitor", "no-uuid"),
    ):
        assert "Syntax:" in source.call("backup", *words)[1], words
    assert source.json("backup", "getAllOperations")["response"]["operationList"] == []


def test_wrong_user_and_journal(source):
    status, text = source.call("backup", "getBackupInfo", uid=os.getuid() + 4321)
    assert status == 1 and "must be run as user" in text
    before = source.journal.count()
    for words in (("backup", "getBackupInfo"), ("core", "getVersion"), ("help", "backup"), ("backup", "getServices")):
        source.call(*words)
    source.call("backup", "doExternalRestore", "/nowhere")
    assert source.journal.count() == before
    source.scan()
    assert source.journal.count() == before + 1


def test_carbonio_reads_commands_from_its_input(make_server):
    server = make_server("carbonio", product="carbonio", suite="carbonio", version="25.12.0")
    status, text = server.call(stdin=b"backup getBackupInfo\n\nhelp backup doFixShares\n")
    assert status == 0 and "firstScan" in text and "carbonio backup doFixShares {import_idmap_file}" in text
    assert server.json("core", "getAllServicesStatus")["response"]["ZxBackup"]["running"] is True
    assert re.search(r"\n   Server versions:\n\n +version  +25\.12\.0\n", server.call("core", "getVersion")[1])


def test_carbonio_scheduler(make_server):
    server = make_server("carbonio", product="carbonio", suite="carbonio", version="25.12.0")
    words = ("backup", "scheduler", "SmartScan")
    assert server.json(*words, "get", "server")["response"] == {"enabled": True, "pattern": "0 4 * * *"}
    assert server.call(*words, "set", "server", "enabled", "false", "target_server", server.backup.host)[1] == "ok\n"
    assert server.json(*words, "get", "server")["response"]["enabled"] is False
    assert server.json(*words, "get", "global")["response"]["enabled"] is True
    assert "carbonio backup scheduler SmartScan" in server.call(*words, "set", "server")[1]
