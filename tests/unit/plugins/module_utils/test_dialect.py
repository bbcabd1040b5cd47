# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a help page tells of a command, and the arguments made of it."""

from __future__ import annotations

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils import _zxsuite_arguments as arguments
from ansible_collections.mailops.zimbra.plugins.module_utils._dialect import CommandHelp, documented, parse_help
from ansible_collections.mailops.zimbra.plugins.module_utils._errors import DialectError, ParameterError
from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.zxsuite_script import (
    RESTORE_HELP,
    SMART_SCAN_HELP,
)


def test_start_in_braces() -> None:
    page = parse_help(SMART_SCAN_HELP, "doSmartScan", "suite")
    assert page.takes_start
    assert page.parameters == ["notifications", "deep"]


@pytest.mark.parametrize(
    "syntax",
    [
        "   zxsuite backup doSmartScan *start* [attr1 value1\n",
        "   carbonio backup doSmartScan start [attr1 value1\n",
        "   carbonio backup dosmartscan {action} [attr1\n\naction(M)    String    start\n",
    ],
)
def test_other_ways_to_show_start(syntax: str) -> None:
    assert parse_help("Syntax:\n" + syntax, "doSmartScan", "carbonio").takes_start


def test_positionals() -> None:
    page = parse_help(RESTORE_HELP, "doExternalRestore", "suite")
    assert not page.takes_start
    assert page.positionals == ["source_path"]


def test_page_that_tells_nothing_leaves_it_to_the_documentation() -> None:
    assert parse_help("?", "doSmartScan", "suite").takes_start
    assert not parse_help("?", "doSmartScan", "ng").takes_start
    assert documented("doExternalRestore", "ng").spelling("skip_domain_provisioning") is None
    assert documented("doExternalRestore", "suite").spelling("skip_domain_provisioning") == "skip_domain_provisioning"


def test_names_are_spelt_as_the_platform_does() -> None:
    page = CommandHelp(False, [], ["accountIds", "checkZimbra"])
    words = arguments.arguments("coherency_check", {"path": "/b", "accounts": ["a@x.y"], "check_zimbra": False}, page)
    assert words == ["/b", "accountIds", "a@x.y", "checkZimbra", "false"]
    ng = CommandHelp(False, [], ["accounts"])
    assert arguments.arguments("coherency_check", {"path": "/b", "accounts": ["a@x.y"]}, ng)[1] == "accounts"


def test_value_with_a_comma_and_too_many_addresses_are_refused() -> None:
    page = CommandHelp(False, [], None)
    with pytest.raises(ParameterError, match="comma"):
        arguments.arguments("export", {"path": "/e", "cos": ["a,b"]}, page)
    with pytest.raises(ParameterError, match="one address only"):
        arguments.arguments("external_restore", {"path": "/e", "notifications": ["a@x.y", "b@x.y"]}, page)
    with pytest.raises(DialectError, match="it has: domains"):
        arguments.arguments("export", {"path": "/e", "skip_items": True}, CommandHelp(False, [], ["domains"]))


def test_options_of_another_operation_are_refused() -> None:
    with pytest.raises(ParameterError, match="does not take path"):
        arguments.given("smart_scan", {"path": "/x"})
    with pytest.raises(ParameterError, match="needs the option 'path'"):
        arguments.given("export", {"domains": ["a.x"]})
    assert arguments.given("export", {"path": "/e", "domains": [], "cos": None, "unit": "u"}) == {"path": "/e"}


def test_key_has_what_changes_the_result() -> None:
    given = {"path": "/e", "domains": ["b", "a"], "notifications": ["a@x.y"], "concurrent_accounts": 5}
    assert arguments.key_of(given) == {"path": "/e", "domains": ["a", "b"]}
