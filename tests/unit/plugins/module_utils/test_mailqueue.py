# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Queues seen through the admin service, with and without lists of what is in them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils._mailqueue import (
    PAGE,
    MailQueues,
    QueueNotDrained,
    QueueUnavailable,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._soap import Login, SoapClient
from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.mail_platform import Platform, domain
from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.soap_script import (
    Node,
    ScriptedService,
    fault,
)


class Time:
    """A clock that only pauses move; ``at`` says what happens in the pauses."""

    def __init__(self) -> None:
        self.now = 0.0
        self.at: list[Callable[[], object]] = []

    def pause(self, seconds: float) -> None:
        self.now += seconds
        if self.at:
            self.at.pop(0)()

    def clock(self) -> float:
        return self.now


@pytest.fixture
def platform() -> Platform:
    return Platform([domain("a.test")])


def queues_of(service: ScriptedService, time: Time, read_only: bool = False) -> MailQueues:
    client = SoapClient(service, Login("a", "geheim"), read_only=read_only)
    return MailQueues(client, pause=time.pause, clock=time.clock)


def test_an_empty_queue_is_only_looked_at(platform: Platform) -> None:
    service = platform.service()
    drained = queues_of(service, Time()).drain(["a.test"], 10, 1)
    assert (drained["changed"], drained["requeued"], drained["waiting"]) == (False, 0, 0)
    assert drained["queues"] == {"mta.test": dict.fromkeys(["incoming", "active", "deferred", "hold", "corrupt"], 0)}
    assert service.changes == []


def test_deferred_mail_for_the_domains_is_requeued_and_no_other(platform: Platform) -> None:
    platform.queue = {"A1": ("deferred", "a.test"), "B1": ("deferred", "far.test"), "A2": ("deferred", "a.test")}
    drained = queues_of(platform.service(), Time()).drain(["A.test"], 10, 1)
    assert platform.requeued == ["A1", "A2"] and platform.flushed == 1
    assert (drained["changed"], drained["requeued"], drained["waiting"]) == (True, 2, 0)
    assert list(platform.queue) == ["B1"]


def test_what_is_being_delivered_is_waited_for_and_never_requeued(platform: Platform) -> None:
    platform.queue = {"A1": ("active", "a.test"), "A2": ("incoming", "a.test")}
    time = Time()
    time.at = [lambda: platform.queue.pop("A1"), lambda: None, lambda: platform.queue.pop("A2")]
    drained = queues_of(platform.service(), time).drain(["a.test"], 10, 1)
    assert (platform.requeued, drained["changed"], time.now) == ([], False, 3.0)


def test_mail_that_comes_in_later_is_not_waited_for(platform: Platform) -> None:
    platform.queue = {"A1": ("active", "a.test")}
    time = Time()

    def next_second() -> None:
        platform.queue.pop("A1")
        platform.queue.update({f"N{i}": ("active", "a.test") for i in range(50)})

    time.at = [next_second]
    assert queues_of(platform.service(), time).drain(["a.test"], 10, 1)["changed"] is False
    assert len(platform.queue) == 50


def test_mail_that_fails_on_its_old_way_is_requeued_then(platform: Platform) -> None:
    platform.queue = {"A1": ("active", "a.test")}
    time = Time()
    time.at = [lambda: platform.queue.update(A1=("deferred", "a.test"))]
    drained = queues_of(platform.service(), time).drain(["a.test"], 10, 1)
    assert (platform.requeued, drained["requeued"]) == (["A1"], 1)


def test_mail_that_keeps_its_id_is_requeued_until_it_is_certain(platform: Platform) -> None:
    """The service of another MTA may requeue in place; and the Destination may be away."""
    service = platform.service()
    asked: list[int] = []

    def action(_asked: object) -> str:
        asked.append(1)
        return '<MailQueueActionResponse xmlns="urn:zimbraAdmin"/>'

    service.handlers["MailQueueActionRequest"] = action
    platform.queue = {"A1": ("deferred", "a.test")}
    drained = queues_of(service, Time()).drain(["a.test"], 10, 1)
    assert (len(asked), drained["requeued"], drained["waiting"]) == (2, 1, 1)


def test_a_message_that_changes_queues_while_they_are_listed_is_not_overlooked(platform: Platform) -> None:
    service = platform.service()
    platform.queue = {"A1": ("active", "a.test")}
    time = Time()
    hidden: list[bool] = []
    listed = service.handlers["GetMailQueueInfoRequest"]

    def info(asked: Node) -> str:
        # Away for one whole round of looks, then back where it was.
        if time.now == 1.0 and len(hidden) < 3:
            hidden.append(True)
            saved, platform.queue = platform.queue, {}
            try:
                return listed(asked)
            finally:
                platform.queue = saved
        return listed(asked)

    service.handlers["GetMailQueueInfoRequest"] = info
    time.at = [lambda: None, lambda: platform.queue.clear()]
    queues_of(service, time).drain(["a.test"], 10, 1)
    assert (len(hidden), time.now) == (3, 2.0)


def test_a_long_queue_is_listed_to_its_end(platform: Platform) -> None:
    platform.queue = {f"A{i:05d}": ("deferred", "a.test") for i in range(2 * PAGE + 5)}
    assert queues_of(platform.service(), Time()).drain(["a.test"], 10, 1)["requeued"] == 2 * PAGE + 5
    assert platform.queue == {}


def test_without_lists_all_is_requeued_and_nothing_may_move(platform: Platform) -> None:
    platform.lists_queue = False
    platform.queue = {"A1": ("deferred", "a.test"), "A2": ("active", "a.test")}
    time = Time()
    time.at = [lambda: platform.queue.pop("A2")]
    drained = queues_of(platform.service(), time).drain(["a.test"], 10, 1)
    assert (platform.requeued, drained["requeued"], time.now) == (["A1"], 1, 1.0)


def test_a_queue_that_stays_is_an_error_with_what_to_look_at(platform: Platform) -> None:
    platform.queue = {"A1": ("active", "a.test")}
    with pytest.raises(QueueNotDrained, match="After 5 s 1 message.*mta.test.*postqueue -p"):
        queues_of(platform.service(), Time()).drain(["a.test"], 5, 1)


def test_a_dry_run_tells_and_changes_nothing(platform: Platform) -> None:
    platform.queue = {"A1": ("deferred", "a.test"), "A2": ("active", "a.test")}
    service = platform.service()
    drained = queues_of(service, Time(), read_only=True).drain(["a.test"], 10, 1, dry_run=True)
    assert (drained["changed"], drained["requeued"], service.changes) == (True, 1, [])


def test_a_queue_out_of_reach_says_how_to_do_it_by_hand(platform: Platform) -> None:
    service = platform.service()
    service.handlers["GetMailQueueInfoRequest"] = lambda _asked: fault("service.FAILURE", "exception during auth")
    with pytest.raises(QueueUnavailable, match="mta.test.*exception during auth.*postsuper -r ALL deferred"):
        queues_of(service, Time()).counts()
    service.handlers["GetAllServersRequest"] = lambda _asked: '<GetAllServersResponse xmlns="urn:zimbraAdmin"/>'
    with pytest.raises(QueueUnavailable, match="mta_servers"):
        queues_of(service, Time()).counts()
