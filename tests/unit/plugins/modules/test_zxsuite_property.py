# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Properties are read, compared, written and read again, through main()."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils._runner import Result
from ansible_collections.mailops.zimbra.plugins.modules import zxsuite_property
from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.zxsuite_script import (
    ok,
    text,
)
from ansible_collections.mailops.zimbra.tests.unit.plugins.modules.running import run_main
from ansible_collections.mailops.zimbra.tests.unit.plugins.modules.zxsuite_host import HOSTNAME, Script


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
