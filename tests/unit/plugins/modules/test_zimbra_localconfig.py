# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""zimbra_localconfig through its main(), with a zmlocalconfig that is a real program on the real command line."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.modules import zimbra_localconfig
from ansible_collections.mailops.zimbra.tests.unit.plugins.modules.running import run_main

PROGRAM = """#!/bin/sh
# Keeps one key in a file beside itself; -q -x KEY prints it, -e KEY=VALUE sets it.
cd "$(dirname "$0")"
if [ "$1" = -e ]; then echo "${2#*=}" > value; echo written >> calls; else echo "$3 = $(cat value)"; fi
"""
KEY = "zimbra_lmtp_validate_messages"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("zmprov", "zmcontrol", "zxsuite"):
        (programs / name).write_text("#!/bin/sh\n")
        (programs / name).chmod(0o755)
    (programs / "zmlocalconfig").write_text(PROGRAM)
    (programs / "zmlocalconfig").chmod(0o755)
    (programs / "value").write_text("true\n")
    return tmp_path


def run(home: Path, capsys: pytest.CaptureFixture[str], value: Any, **flags: bool) -> dict[str, Any]:
    options = {"home": str(home), "service_user": getpass.getuser(), "keys": {KEY: value}}
    return run_main(zimbra_localconfig.main, capsys, **flags, **options)


def test_set_once_then_nothing_to_do(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = run(home, capsys, False)
    assert (first["changed"], first["before"], first["localconfig"]) == (True, {KEY: "true"}, {KEY: "false"})
    again = run(home, capsys, False)
    assert (again["changed"], again["before"]) == (False, {KEY: "false"})
    assert (home / "bin" / "calls").read_text().split() == ["written"]


def test_check_mode_writes_nothing_and_tells(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = run(home, capsys, False, check=True, diff=True)
    assert told["changed"] and told["diff"] == {"before": {KEY: "true"}, "after": {KEY: "false"}}
    assert not (home / "bin" / "calls").exists()


def test_a_password_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = {"home": str(home), "keys": {"zimbra_ldap_password": "x"}}
    assert "process list" in run_main(zimbra_localconfig.main, capsys, **options)["msg"]
