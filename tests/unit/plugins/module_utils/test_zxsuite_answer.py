# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every envelope of reference zextras-cli 1.6, and what is no answer at all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import (
    CommandError,
    DialectError,
    MailopsError,
    ParseError,
    Unreachable,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._runner import Result
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_answer import Answer, expand, parse_answer
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_text import find, number, parse_text, truth


def parse(value: Any, rc: int = 0) -> Answer:
    return parse_answer(Result(rc, value if isinstance(value, str) else json.dumps(value), ""), "zxsuite backup x")


def test_local_envelope() -> None:
    answer = parse({"response": {"operationList": []}, "ok": True})
    assert answer.is_json
    assert answer.response == {"operationList": []}
    assert answer.servers[0].server is None


def test_nested_envelope_has_one_answer_per_server() -> None:
    servers = {
        "a.example.com": {"response": {"n": 1}, "ok": True},
        "b.example.com": {"response": {"n": 2}, "ok": True},
    }
    answer = parse({"response": servers, "nested": True, "ok": True})
    assert [(one.server, one.response) for one in answer.servers] == [
        ("a.example.com", {"n": 1}),
        ("b.example.com", {"n": 2}),
    ]


def test_nested_answer_without_response_of_a_server() -> None:
    assert parse({"response": {"a": {"ok": True}}, "nested": True, "ok": True}).servers[0].server == "a"


def test_bare_object() -> None:
    assert parse({"ZxCore": {"running": True}}).response == {"ZxCore": {"running": True}}


def test_one_bad_server_fails_the_nested_answer() -> None:
    error = {"code": "UNKNOWN_ERROR", "message": "Unknown Error", "details": {}}
    servers = {"a": {"response": {}, "ok": True}, "b": {"ok": False, "error": error}}
    with pytest.raises(CommandError, match=r"on b failed: Unknown Error \[UNKNOWN_ERROR\]"):
        parse({"response": servers, "nested": True, "ok": True})


def test_error_message_is_expanded_from_its_details() -> None:
    error = {
        "code": "SOME_CODE",
        "message": "cannot read {path}{suffix} of {unknown}",
        "details": {"path": "/x", "suffix": None, "cause": "Permission denied"},
        "stackTrace": [],
        "cause": None,
    }
    with pytest.raises(CommandError) as raised:
        parse({"ok": False, "error": error})
    assert str(raised.value) == (
        "zxsuite backup x failed: cannot read /x of {unknown} (cause: Permission denied) [SOME_CODE]"
    )
    assert raised.value.details["code"] == "SOME_CODE"


def test_cause_chain_gives_the_cause() -> None:
    error = {"code": "A", "message": "outer", "details": {}, "cause": {"message": "disk full", "details": {}}}
    with pytest.raises(CommandError, match="outer \\(cause: disk full\\)"):
        parse({"ok": False, "error": error})


@pytest.mark.parametrize(
    "value",
    [
        {"ok": False},
        {"ok": "false", "response": {}},
        {"ok": True, "error": {"message": "x"}},
        {"status": 500, "error": {"details": {"cause": "broken"}}},
        {"response": {"a": 1}, "ok": False},
        {"error": "plain words"},
    ],
)
def test_every_form_of_failure(value: dict[str, Any]) -> None:
    with pytest.raises(CommandError):
        parse(value)


def test_good_json_with_a_bad_exit_status_is_a_failure() -> None:
    with pytest.raises(CommandError, match="exit status 1"):
        parse({"response": {}, "ok": True}, rc=1)


@pytest.mark.parametrize("rc", [0, 1])
def test_unreachable_text_whatever_the_exit_status(rc: int) -> None:
    with pytest.raises(Unreachable, match="Unable to communicate with server"):
        parse("Unable to communicate with server\n", rc=rc)


def test_unreachable_text_inside_an_error() -> None:
    with pytest.raises(Unreachable):
        parse({"ok": False, "error": {"message": "Unable to communicate with server", "details": {}}})


def test_unreachable_text_on_standard_error() -> None:
    with pytest.raises(Unreachable):
        parse_answer(Result(0, "", "Unable to communicate with server"), "x")


def test_json_that_only_quotes_the_text_is_an_answer() -> None:
    value = {"response": {"text": "yesterday: Unable to communicate with server"}, "ok": True}
    assert parse(value).response == value["response"]


def test_json_behind_warnings_of_the_jvm() -> None:
    assert parse('OpenJDK warning: {something}\n{"response": {"a": 1}, "ok": true}\n').response == {"a": 1}


@pytest.mark.parametrize(
    "said",
    [
        "command getItem requires more parameters\n\nSyntax:\n   zxsuite backup getItem {account} {item}\n",
        "No such command: doMagic\n",
    ],
)
def test_help_page_and_unknown_command_are_about_the_dialect(said: str) -> None:
    with pytest.raises(DialectError):
        parse(said)


@pytest.mark.parametrize(
    ("said", "rc", "error"),
    [
        ("", 0, ParseError),
        ("   \n", 0, ParseError),
        ("something went wrong", 1, CommandError),
        ("java.lang.NullPointerException: null", 0, CommandError),
        ("ERROR: no", 0, CommandError),
    ],
)
def test_text_that_is_no_answer(said: str, rc: int, error: type[MailopsError]) -> None:
    with pytest.raises(error):
        parse(said, rc=rc)


def test_truncated_json_is_never_an_answer_with_content() -> None:
    answer = parse('{"response": {"operationList": [')
    assert not answer.is_json
    assert find(answer.response, "operationList") is None


def test_text_form_of_services() -> None:
    said = """        services
            module
                could_start                                                 false
                could_stop                                                  true
                running                                                     true
            anti-dos
                could_not_start_because                                     anti-dos disabled
                running                                                     false
"""
    services = parse(said).response["services"]
    assert services["module"] == {"could_start": "false", "could_stop": "true", "running": "true"}
    assert services["anti-dos"]["could_not_start_because"] == "anti-dos disabled"


def test_text_form_of_a_property() -> None:
    said = """     server                                              9d16badb-e89e-4dff-b5b9-bd2bddce53e2
     values

             attribute                                                   ZxBackup_DestPath
             value                                                       /opt/zextras/backup/zextras/
             isInherited                                                 false
             modules
                     ZxBackup
"""
    assert parse_text(said)["values"]["value"] == "/opt/zextras/backup/zextras/"
    assert find(parse_text(said), "is_inherited") == "false"


def test_repeated_keys_become_records() -> None:
    said = """archives
   filename      one.tar.gz
   modify date   28/02/2014 04:01:14 CET
   filename      two.tar.gz
"""
    assert [one["filename"] for one in parse_text(said)["archives"]] == ["one.tar.gz", "two.tar.gz"]


def test_label_with_a_colon_is_a_key() -> None:
    assert parse_text("Operation Id: abc\nOperation Host:   mail\n") == {
        "Operation Id": "abc",
        "Operation Host": "mail",
    }


def test_small_readers() -> None:
    assert [truth(one) for one in ("TRUE", "false", True, "yes", None)] == [True, False, True, None, None]
    assert [number(one) for one in ("12", "1,234", 7, True, "x", "1.5")] == [12, 1234, 7, None, None, None]
    assert expand("{a}{b}", {"a": 1, "b": None}) == "1"
