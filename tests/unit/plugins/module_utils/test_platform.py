# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which platform a host is, and what its own programs say (reference zimbra-operations 1.1 to 1.4, R59)."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils import _platform as platforms
from ansible_collections.mailops.zimbra.plugins.module_utils._errors import CommandError, PlatformError
from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.zxsuite_script import ScriptedRunner, text

ZIMBRA = {"/opt/zimbra/bin/zmcontrol", "/opt/zimbra/bin/zxsuite"}
NE = ZIMBRA | {"/opt/zimbra/bin/zmbackupquery"}
TEN = {"/opt/zimbra/bin/zmcontrol", "/opt/zimbra/bin/zmbackupquery"}


def detect(files: set[str], home: str | None = None) -> platforms.Platform:
    return platforms.detect(home, None, files.__contains__)


@pytest.mark.parametrize(
    ("files", "product", "dialect", "user"),
    [(ZIMBRA, "zimbra", "suite", "zimbra"), (NE, "zimbra", "ng", "zimbra"), (TEN, "zimbra", None, "zimbra")],
)
def test_zimbra(files: set[str], product: str, dialect: str | None, user: str) -> None:
    found = detect(files)
    assert (found.product, found.dialect, found.service_user, found.home) == (product, dialect, user, "/opt/zimbra")


@pytest.mark.parametrize(("jars", "dialect"), [(["carbonio-advanced-24.jar"], "carbonio"), (["carbonio-ce.jar"], None)])
def test_carbonio_is_advanced_by_its_jars(
    jars: list[str], dialect: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.listdir", lambda _path: jars)
    files = {f"/opt/zextras/{name}" for name in ("bin/zmcontrol", "bin/carbonio", "lib/ext/carbonio")}
    found = detect(files)
    assert (found.product, found.dialect, found.service_user) == ("carbonio", dialect, "zextras")
    if dialect is None:
        with pytest.raises(PlatformError, match="Community Edition"):
            platforms.zxsuite_client(found, ScriptedRunner())


def test_home_and_user_of_ones_own() -> None:
    found = platforms.detect("/srv/z/", "bob", {"/srv/z/bin/zmprov", "/srv/z/bin/zxsuite"}.__contains__)
    assert (found.home, found.service_user, found.zxsuite) == ("/srv/z", "bob", "/srv/z/bin/zxsuite")
    assert found.program("zmprov") == "/srv/z/bin/zmprov"


def test_no_platform_and_no_zxsuite_say_what_to_do() -> None:
    with pytest.raises(PlatformError, match="'home'"):
        detect(set())
    with pytest.raises(PlatformError, match="Zimbra 10 has no such module"):
        platforms.zxsuite_client(detect(TEN), ScriptedRunner())


@pytest.mark.parametrize(
    ("said", "number", "edition", "patch"),
    [
        (
            "Release 8.8.15_GA_3869.UBUNTU18_64.20190918004220 UBUNTU18_64 FOSS edition, Patch 8.8.15_P40.",
            (8, 8, 15),
            "FOSS",
            40,
        ),
        ("\n\nRelease 6.0.8_GA_2661 RHEL5_64 NETWORK edition.\n\n", (6, 0, 8), "NETWORK", None),
        ("Release 10.0.7.GA.4518.UBUNTU20_64 NETWORK edition.", (10, 0, 7), "NETWORK", 7),
        ("ZCA Release 8.0.0\nZCS Build 8.0.0", (8, 0, 0), "", None),
        ("Carbonio Release 24.12.0", (24, 12, 0), "carbonio", 0),
    ],
)
def test_versions_of_every_era(said: str, number: tuple[int, ...], edition: str, patch: int | None) -> None:
    version = platforms.parse_version(said)
    assert version is not None
    assert (version.number, version.edition, version.patch) == (number, edition, patch)


def test_version_nobody_tells() -> None:
    runner = ScriptedRunner(("zmcontrol -v", text("", 255, "Run as the zimbra user!")))
    with pytest.raises(PlatformError, match="Run as the zimbra user!"):
        platforms.read_version(runner, detect(ZIMBRA))


def test_localconfig_leaves_out_what_is_not_set() -> None:
    said = "zimbra_server_hostname = mail.example.com\nzimbra_admin_service_port = \nother = x\n"
    runner = ScriptedRunner(("zmlocalconfig", text(said)))
    found = platforms.localconfig(runner, detect(ZIMBRA), ["zimbra_server_hostname", "zimbra_admin_service_port"])
    assert found == {"zimbra_server_hostname": "mail.example.com"}


def test_failing_program_is_an_error_with_its_words() -> None:
    runner = ScriptedRunner(("zmprov", text("", 2, "ERROR: account.NO_SUCH_SERVER (no such server: x)")))
    with pytest.raises(CommandError, match="NO_SUCH_SERVER"):
        platforms.zmprov_attributes(runner, detect(ZIMBRA), ["gs", "x", "zimbraId"])


def test_attributes_of_one_entry() -> None:
    said = "# name default\nzimbraNotes: first line\nsecond ${ZxBackup_Disabled}\nzimbraId: e00428a1\n\n"
    assert platforms.parse_attributes(said) == {
        "zimbraNotes": ["first line\nsecond ${ZxBackup_Disabled}"],
        "zimbraId": ["e00428a1"],
    }


def test_relocated_carbonio(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    for name in ("zmcontrol", "carbonio"):
        (tmp_path / "bin" / name).touch()
    assert platforms.detect(str(tmp_path)).dialect == "carbonio"
