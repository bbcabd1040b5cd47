# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the tests that run main() over scripted programs of the platform."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils import _zxsuite_argspec
from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.zxsuite_script import ScriptedRunner, make_home
from ansible_collections.mailops.zimbra.tests.unit.plugins.modules.zxsuite_host import Script


@pytest.fixture(name="home")
def home_fixture(tmp_path: Path) -> Path:
    return make_home(tmp_path / "home", "zxsuite")


@pytest.fixture(name="script")
def script_fixture(monkeypatch: pytest.MonkeyPatch) -> Script:
    def use(*rules: tuple[str, Any]) -> ScriptedRunner:
        runner = ScriptedRunner(*rules)
        monkeypatch.setattr(_zxsuite_argspec, "module_runner", lambda _module, _user: runner)
        return runner

    return use
