# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a module connects to, and as whom: options, or the mailstore's localconfig."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import CommandError, PlatformError
from ansible_collections.mailops.zimbra.plugins.module_utils._runner import Result, Runner
from ansible_collections.mailops.zimbra.plugins.module_utils._soap_connection import find_endpoint
from ansible_collections.mailops.zimbra.plugins.module_utils._soap_errors import SoapConfigurationError

SECRET = "q$w'e =x "


class LocalConfig(Runner):
    """zmlocalconfig of a mailstore (zimbra-operations 1.4)."""

    def __init__(self, text: str, rc: int = 0) -> None:
        self.result = Result(rc, text, "")
        self.argv: list[str] = []

    def run(
        self, argv: Any, timeout: Any = None, environ: Any = None, data: Any = None, interrupt: bool = False
    ) -> Any:
        self.argv = list(argv)
        return self.result


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "zmcontrol").write_text("")
    return tmp_path


def options(**given: Any) -> dict[str, Any]:
    names = ("url", "admin", "password", "validate_certs", "home", "service_user")
    return {**dict.fromkeys(names), **given}


def test_a_mailstore_finds_everything_in_localconfig(home: Path) -> None:
    runner = LocalConfig(
        f"zimbra_ldap_password = {SECRET}\nzimbra_zmprov_default_soap_server = localhost\n"
        "zimbra_admin_service_port = 7171\nzimbra_server_hostname = mail.test\nother = 1\n"
    )
    users: list[str] = []

    def runner_for(user: str) -> Runner:
        users.append(user)
        return runner

    endpoint = find_endpoint(options(home=str(home)), runner_for)
    assert (endpoint.url, endpoint.login) == ("https://localhost:7171", ("zimbra", SECRET))
    assert (endpoint.verify, endpoint.server_name) == (False, "mail.test")
    assert users == ["zimbra"]
    assert runner.argv[0] == f"{home}/bin/zmlocalconfig" and "-s" in runner.argv
    assert SECRET not in " ".join(runner.argv)
    assert find_endpoint(options(home=str(home), validate_certs=True), lambda _user: runner).verify is True


def test_what_localconfig_leaves_out_has_the_platforms_defaults(home: Path) -> None:
    endpoint = find_endpoint(options(home=str(home)), lambda _user: LocalConfig("zimbra_ldap_password = x\n"))
    assert (endpoint.url, endpoint.server_name) == ("https://localhost:7071", None)


def test_an_ipv6_address_is_bracketed(home: Path) -> None:
    text = "zimbra_ldap_password = x\nzimbra_zmprov_default_soap_server = ::1\n"
    assert find_endpoint(options(home=str(home)), lambda _user: LocalConfig(text)).url == "https://[::1]:7071"


def test_options_win_and_are_verified_unless_told_otherwise() -> None:
    given = options(url="https://m.test:7071", admin="admin@m.test", password="p")
    endpoint = find_endpoint(given, lambda _user: pytest.fail("no command is needed"))
    assert endpoint == ("https://m.test:7071", ("admin@m.test", "p"), True, None)
    assert find_endpoint(dict(given, validate_certs=False), lambda _user: pytest.fail("none")).verify is False


@pytest.mark.parametrize("given", [{"admin": "a"}, {"password": "p"}, {}])
def test_an_url_alone_is_not_enough(given: dict[str, str]) -> None:
    with pytest.raises(SoapConfigurationError, match="'admin' and 'password'"):
        find_endpoint(options(url="https://m.test", **given), lambda _user: pytest.fail("none"))


def test_no_password_no_platform_no_permission(home: Path) -> None:
    with pytest.raises(SoapConfigurationError, match="no zimbra_ldap_password"):
        find_endpoint(options(home=str(home)), lambda _user: LocalConfig("zimbra_ldap_password = \n"))
    with pytest.raises(CommandError, match="exit status 1") as caught:
        find_endpoint(options(home=str(home)), lambda _user: LocalConfig(f"zimbra_ldap_password = {SECRET}\n", 1))
    assert SECRET not in str(caught.value) + repr(caught.value.details)
    with pytest.raises(PlatformError):
        find_endpoint(options(home=str(home / "none")), lambda _user: LocalConfig(""))
