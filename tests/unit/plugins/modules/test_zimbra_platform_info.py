# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of a server, through main()."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.mailops.zimbra.plugins.modules import zimbra_platform_info
from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.zxsuite_script import (
    text,
)
from ansible_collections.mailops.zimbra.tests.unit.plugins.modules.running import run_main
from ansible_collections.mailops.zimbra.tests.unit.plugins.modules.zxsuite_host import Script


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
