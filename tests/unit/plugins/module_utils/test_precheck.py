# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every check finds its case, and a healthy pair of platforms has none."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils._precheck import Case
from ansible_collections.mailops.zimbra.plugins.module_utils._precheck_run import as_dict, run_checks, summary

GB = 10**9
Facts = dict[str, Any]


def space(role: str, path: str, free: float, device: int = 1, **more: Any) -> Facts:
    base = {"exists": True, "used": 0, "total": 1000 * GB, "filesystem": "ext4", "mount_point": "/"}
    base.update(role=role, path=path, free=free, device=device, mount_options=["rw"], case_sensitive=True)
    return dict(base, **more)


def server(name: str) -> Facts:
    return {
        "product": "zimbra",
        "dialect": "suite",
        "zxsuite": "/opt/zimbra/bin/zxsuite",
        "version": {"text": "", "number": "8.8.15", "edition": "FOSS", "patch": 40},
        "suite": {"version": "3.17.0", "cli_version": "3.17.0", "product": None},
        "server_id": name,
        "licence": {"expired": False, "ends": "2030-01-01", "licensed_users": 100, "accounts": 10},
        "services": {"module": {"running": True}},
        "operations": [],
        "mailboxes": {"count": 50, "bytes": 100 * GB},
        "excluded_coses": [],
        "backup": {
            "path": "/opt/zimbra/backup/zextras",
            "initialized": True,
            "realtime_scanner": False,
            "blobless": False,
            "archive": None,
        },
        "spaces": [
            space("store", "/opt/zimbra/store", 500 * GB),
            space("redolog", "/opt/zimbra/redolog", 500 * GB),
            space("backup", "/opt/zimbra/backup/zextras", 500 * GB),
            space("path", "/opt/migration/import/one", 500 * GB),
        ],
        "problems": [],
    }


def check(
    change: Callable[[Facts, Facts], Any],
    import_path: str = "/opt/migration/import/one",
    started: bool = False,
    accept: list[str] | None = None,
) -> list[tuple[str, str, str]]:
    source, destination = copy.deepcopy(server("a")), copy.deepcopy(server("b"))
    change(source, destination)
    return [
        (one.level, one.code, one.side)
        for one in run_checks(Case(source, destination, import_path, started, "2029-12-20"), accept or [])
    ]


def test_healthy_platforms_have_no_findings() -> None:
    assert check(lambda s, d: None) == []


def set_space(facts: Facts, role: str, **values: Any) -> None:
    next(one for one in facts["spaces"] if one["role"] == role).update(values)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda s, d: s.update(product="carbonio"), ("error", "M1", "source")),
        (lambda s, d: s.update(version=None), ("error", "M2", "source")),
        (lambda s, d: (s["version"].update(number="10.0.7"), s.update(zxsuite=None)), ("error", "F35", "source")),
        (lambda s, d: d.update(server_id="a"), ("error", "M3", "both")),
        (lambda s, d: d.update(zxsuite=None), ("error", "F26", "destination")),
        (lambda s, d: s["services"]["module"].update(running="false"), ("error", "F26", "source")),
        (lambda s, d: s["suite"].update(version="3.16.0", cli_version="3.16.0"), ("error", "F25", "source")),
        (lambda s, d: s["suite"].update(version="3.14.0", cli_version="3.14.0"), ("warning", "M4", "source")),
        (lambda s, d: d["suite"].update(cli_version="3.18.0"), ("warning", "M5", "destination")),
        (lambda s, d: s["licence"].update(expired=True), ("error", "F26", "source")),
        (lambda s, d: d["licence"].update(ends="2029-12-19 00:00:00 UTC"), ("warning", "F26", "destination")),
        (lambda s, d: d["licence"].update(licensed_users=55), ("error", "F26", "destination")),
        (lambda s, d: d["backup"].update(path=None), ("error", "F8", "destination")),
        (lambda s, d: s["backup"].update(realtime_scanner=True), ("info", "F16", "source")),
        (lambda s, d: s["backup"].update(blobless=True), ("error", "F23", "source")),
        (lambda s, d: s["backup"].update(archive="3"), ("warning", "F24", "source")),
        (lambda s, d: s["backup"].update(initialized=False), ("info", "F8", "source")),
        (lambda s, d: d["backup"].update(initialized=False), ("info", "F8", "destination")),
        (lambda s, d: set_space(d, "path", case_sensitive=False), ("error", "F7", "destination")),
        (lambda s, d: set_space(s, "backup", filesystem="fuse.sshfs"), ("error", "F6", "source")),
        (lambda s, d: set_space(d, "store", free=90 * GB, device=7), ("error", "F9", "destination")),
        (lambda s, d: set_space(d, "redolog", free=1 * GB, device=7), ("warning", "F28", "destination")),
        (
            lambda s, d: d["operations"].append(
                {"id": "x", "name": "n", "kind": "external_restore", "state": "queued"}
            ),
            ("error", "F22", "destination"),
        ),
        (
            lambda s, d: s["operations"].append({"id": "x", "name": "Purge", "kind": None, "state": "running"}),
            ("warning", "F11", "source"),
        ),
        (lambda s, d: s["excluded_coses"].append("silver"), ("error", "F14", "source")),
        (lambda s, d: d["version"].update(number="9.0.0"), ("info", "F10", "destination")),
        (
            lambda s, d: s["problems"].append({"what": "licence", "error": "Unreachable", "message": "no"}),
            ("warning", "M6", "source"),
        ),
        (lambda s, d: s.update(mailboxes=None), ("warning", "F9", "source")),
    ],
)
def test_each_case_is_found_alone(change: Callable[[Facts, Facts], Any], expected: tuple[str, str, str]) -> None:
    assert check(change) == [expected]


def test_a_zimbra_older_than_any_suite() -> None:
    assert ("error", "M2", "source") in check(lambda s, d: s["version"].update(number="7.2.0"))


@pytest.mark.parametrize(
    "path", ["/opt/zimbra/backup/zextras", "/opt/zimbra/backup/zextras/import", "/opt/zimbra/backup", "/"]
)
def test_copy_and_own_backup_path_keep_apart(path: str) -> None:
    assert ("error", "F3", "destination") in check(lambda s, d: None, import_path=path)


def test_needs_on_one_file_system_add_up() -> None:
    def change(_source: Facts, destination: Facts) -> None:
        for role in ("store", "path", "backup", "redolog"):
            # Enough for the mail (100 GB) or the copy (80 GB), not for both.
            set_space(destination, role, free=150 * GB)

    assert check(change) == [("error", "F9", "destination")]
    assert check(change, started=True) == []


def test_copy_that_is_there_already_needs_no_room() -> None:
    def change(_source: Facts, destination: Facts) -> None:
        set_space(destination, "path", free=1 * GB, used=90 * GB, total=91 * GB, device=9)

    assert ("error", "F9", "destination") not in check(change)


def test_first_scan_needs_room_on_the_source() -> None:
    def change(source: Facts, _destination: Facts) -> None:
        source["backup"].update(initialized=False)
        set_space(source, "backup", free=70 * GB, device=5)

    assert check(change) == [("error", "F9", "source"), ("info", "F8", "source")]


def test_accepted_errors_become_warnings() -> None:
    assert check(lambda s, d: s["excluded_coses"].append("silver"), accept=["F14"]) == [("warning", "F14", "source")]


def test_an_import_of_the_migration_itself_is_no_obstacle() -> None:
    running = {"id": "x", "name": "External Restore", "kind": "external_restore", "state": "running"}
    assert check(lambda s, d: d["operations"].append(running), started=True) == [("warning", "F11", "destination")]


def test_summary_names_every_error_with_its_remedy() -> None:
    source, destination = server("a"), server("b")
    source["licence"].update(expired=True)
    destination["excluded_coses"].append("not looked at on the Destination")
    findings = run_checks(Case(source, destination, None, False), [])
    text = summary(findings)
    assert "source [F26] The licence has expired (2030-01-01). Upload a valid one" in text
    assert text.startswith("1 finding(s)")
    assert set(as_dict(findings[0])) == {"level", "code", "side", "what", "remedy"}
