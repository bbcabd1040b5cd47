# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of localconfig: what may be set, how it is read and written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils import _localconfig as keys
from ansible_collections.mailops.zimbra.plugins.module_utils._errors import CommandError, ParameterError
from ansible_collections.mailops.zimbra.plugins.module_utils._platform import detect
from ansible_collections.mailops.zimbra.plugins.module_utils._runner import Result, Runner

PLATFORM = detect("/srv/z", "bob", {"/srv/z/bin/zmprov", "/srv/z/bin/zxsuite"}.__contains__)


class OneAnswer(Runner):
    """Gives the same answer to every program and keeps what was run."""

    def __init__(self, answer: Result) -> None:
        self.answer = answer
        self.ran: list[list[str]] = []

    def run(self, argv: Sequence[str], *_more: Any, **_named: Any) -> Result:
        self.ran.append(list(argv))
        return self.answer


@pytest.mark.parametrize(
    ("given", "written"),
    [({"a_key": False}, {"a_key": "false"}), ({"a": 12}, {"a": "12"}), ({"a": None}, {"a": None})],
)
def test_values_as_localconfig_writes_them(given: dict[str, Any], written: dict[str, str | None]) -> None:
    assert keys.key_values(given) == written


@pytest.mark.parametrize("name", ["zimbra_ldap_password", "-e", "a b", "x=y", ""])
def test_names_that_are_refused_are_named(name: str) -> None:
    with pytest.raises(ParameterError, match="keys: "):
        keys.key_values({name: "1"})


def test_an_empty_value_is_refused() -> None:
    with pytest.raises(ParameterError, match="null to only read"):
        keys.key_values({"a": ""})


def test_a_key_without_a_value_reads_as_none() -> None:
    runner = OneAnswer(Result(0, "mailboxd_java_heap_size = 512\n", "Warning: null valued key 'nope'\n"))
    assert keys.read_keys(runner, PLATFORM, ["mailboxd_java_heap_size", "nope"]) == {
        "mailboxd_java_heap_size": "512",
        "nope": None,
    }


def test_a_key_is_written_by_the_platforms_own_program() -> None:
    runner = OneAnswer(Result(0, "", ""))
    keys.write_key(runner, PLATFORM, "zimbra_lmtp_validate_messages", "false")
    assert runner.ran == [["/srv/z/bin/zmlocalconfig", "-e", "zimbra_lmtp_validate_messages=false"]]


@pytest.mark.parametrize(
    "answer",
    [Result(1, "", "Error: cannot use -e when running as root\n"), Result(0, "Error: save to file failed\n", "")],
)
def test_a_refusal_is_an_error_whatever_the_exit_status(answer: Result) -> None:
    with pytest.raises(CommandError, match="zmlocalconfig did not set a_key: Error"):
        keys.write_key(OneAnswer(answer), PLATFORM, "a_key", "1")
