# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a command is run as the service user, and what its limits mean."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import (
    CommandMissing,
    CommandTimeout,
    MailopsError,
    PrivilegeError,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._runner import ServiceRunner


class Recorder:
    """Stands for AnsibleModule.run_command."""

    def __init__(self, *answer: Any) -> None:
        self.answer = answer
        self.argv: list[str] = []
        self.options: dict[str, Any] = {}

    def __call__(self, argv: list[str], **options: Any) -> Any:
        self.argv, self.options = argv, options
        if isinstance(self.answer[0], Exception):
            raise self.answer[0]
        return self.answer


def runner(recorder: Recorder, current: str = "zimbra", is_root: bool = False) -> ServiceRunner:
    return ServiceRunner(recorder, "zimbra", current, is_root, {"LANG": "C.UTF-8"})


def test_service_user_runs_it_directly() -> None:
    recorder = Recorder(0, "out", "err")
    assert runner(recorder).run(["/bin/x", "a b", "$c"], environ={"K": "v"}, data="in") == (0, "out", "err")
    assert recorder.argv == ["/bin/x", "a b", "$c"]
    assert recorder.options["environ_update"] == {"LANG": "C.UTF-8", "TERM": "xterm-256color", "K": "v"}
    assert recorder.options["expand_user_and_vars"] is False
    assert recorder.options["data"] == "in"


def test_root_becomes_the_service_user_and_the_limit_is_inside() -> None:
    recorder = Recorder(0, "", "")
    runner(recorder, "root", True).run(["/bin/x"], timeout=2.5)
    assert recorder.argv == ["runuser", "-u", "zimbra", "--", "timeout", "-s", "TERM", "-k", "5", "2.5", "/bin/x"]


def test_anybody_else_is_refused_with_the_remedy() -> None:
    with pytest.raises(PrivilegeError, match="become: true"):
        runner(Recorder(0, "", ""), "bob")


@pytest.mark.parametrize("rc", [124, 137])
def test_time_is_over(rc: int) -> None:
    with pytest.raises(CommandTimeout, match="x gave no answer within 3 s"):
        runner(Recorder(rc, "so far", "")).run(["/bin/x"], timeout=3)


def test_watching_ends_with_what_was_printed() -> None:
    recorder = Recorder(124, "so far", "")
    assert runner(recorder).run(["/bin/x"], timeout=3, interrupt=True).out == "so far"
    assert recorder.argv[:3] == ["timeout", "-s", "INT"]


def test_exit_status_124_without_a_limit_is_the_programs_own() -> None:
    assert runner(Recorder(124, "", "")).run(["/bin/x"]).rc == 124


@pytest.mark.parametrize("answer", [(FileNotFoundError(2, "No such file or directory"),), (127, "", "timeout: failed")])
def test_missing_program(answer: tuple[Any, ...]) -> None:
    with pytest.raises(CommandMissing, match="/bin/x"):
        runner(Recorder(*answer)).run(["/bin/x"], timeout=3)


def test_an_error_is_a_failure_with_its_cause() -> None:
    failure = MailopsError("it broke", message="detail", rc=1).as_failure()
    assert failure == {"msg": "it broke", "error": "MailopsError", "details": {"message": "detail", "rc": 1}}
