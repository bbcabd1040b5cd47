# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read, compare, write, read again."""

from __future__ import annotations

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils import _settings as settings
from ansible_collections.mailops.zimbra.plugins.module_utils._errors import CommandError, ParameterError


class Server:
    """Settings that take a change at once, never, or after some looks."""

    def __init__(self, values: settings.Values, delay: int = 0, deaf: bool = False) -> None:
        self.values, self.delay, self.deaf = values, delay, deaf
        self.pending: settings.Values = {}
        self.written: list[tuple[str, str]] = []

    def read(self, names: list[str]) -> settings.Values:
        if self.pending:
            self.delay -= 1
            if self.delay < 0:
                self.values.update(self.pending)
        return {name: self.values.get(name) for name in names}

    def write(self, name: str, value: str) -> None:
        self.written.append((name, value))
        if not self.deaf:
            self.pending[name] = value


def test_only_what_differs_is_written() -> None:
    server = Server({"a": "TRUE", "b": "x", "c": "1"})
    outcome = settings.settle({"a": "true", "b": "y", "c": None}, server.read, server.write, False)
    assert server.written == [("b", "y")]
    assert outcome == ({"a": "TRUE", "b": "x", "c": "1"}, {"a": "TRUE", "b": "y", "c": "1"}, ["b"])


def test_second_run_writes_nothing() -> None:
    server = Server({"a": "FALSE"})
    settings.settle({"a": "TRUE"}, server.read, server.write, False)
    assert settings.settle({"a": "TRUE"}, server.read, server.write, False).changed == []
    assert len(server.written) == 1


def test_check_mode_predicts() -> None:
    server = Server({"a": "FALSE"})
    outcome = settings.settle({"a": "TRUE"}, server.read, server.write, True)
    assert (outcome.after, outcome.changed, server.written) == ({"a": "TRUE"}, ["a"], [])


def test_an_ok_proves_nothing() -> None:
    server = Server({"a": "FALSE"}, deaf=True)
    with pytest.raises(CommandError, match="a is FALSE, not TRUE"):
        settings.settle({"a": "TRUE"}, server.read, server.write, False)


def test_a_slow_change_is_waited_for() -> None:
    pauses: list[int] = []
    server = Server({"a": "started"}, delay=2)
    outcome = settings.settle({"a": "stopped"}, server.read, server.write, False, 5, lambda: pauses.append(1))
    assert (outcome.after, len(pauses)) == ({"a": "stopped"}, 2)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("TRUE", "true", True),
        ("TRUE", "FALSE", False),
        ("a", "A", False),
        (None, "a", False),
        (None, None, True),
        ('{"a": 1, "b": 2}', '{"b":2,"a":1}', True),
        ("{broken", "{broken", True),
    ],
)
def test_equality(one: str | None, other: str | None, equal: bool) -> None:
    assert settings.same(one, other) is equal


def test_values_as_the_platform_writes_them() -> None:
    given = {"a": True, "b": 30, "c": {"y": 1, "x": False}, "d": None}
    assert settings.property_values(given) == {"a": "TRUE", "b": "30", "c": '{"x":false,"y":1}', "d": None}


def test_services() -> None:
    assert settings.service_values({"a": "started", "b": None}) == {"a": "started", "b": None}
    with pytest.raises(ParameterError, match="a is to be 'on'"):
        settings.service_values({"a": "on"})
    listed = {"a": {"running": "true"}, "b": {"running": False}}
    assert settings.service_states(listed, ["a", "b"], False) == {"a": "started", "b": "stopped"}
    with pytest.raises(ParameterError, match="no service c. It has: a, b"):
        settings.service_states(listed, ["c"], False)
    assert settings.service_states(listed, ["c"], True) == {"c": None}
