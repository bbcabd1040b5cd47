# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services are looked at, started or stopped, and looked at again, through main()."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils._runner import Result
from ansible_collections.mailops.zimbra.plugins.modules import zxsuite_service
from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.zxsuite_script import (
    ok,
    text,
)
from ansible_collections.mailops.zimbra.tests.unit.plugins.modules.running import run_main
from ansible_collections.mailops.zimbra.tests.unit.plugins.modules.zxsuite_host import Script


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
