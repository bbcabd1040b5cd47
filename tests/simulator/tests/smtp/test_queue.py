# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The queue on disk: nothing accepted is lost, states survive a crash, an administrator's actions."""

from __future__ import annotations

from pathlib import Path

import pytest

from zimsim.smtp.envelope import ACTIVE, CORRUPT, DEFERRED, HOLD, INCOMING, QueueEntry, Recipient
from zimsim.smtp.queue import MailQueue, read_spool


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(tmp_path: Path, clock: Clock) -> MailQueue:
    return MailQueue(tmp_path, clock)


def accept(queue: MailQueue, *addresses: str) -> QueueEntry:
    return queue.accept("a@x.test", [Recipient(each, each) for each in addresses or ("b@y.test",)], b"raw\r\n")


def test_accepted_message_is_on_disk_with_its_envelope(queue: MailQueue, tmp_path: Path) -> None:
    entry = accept(queue, "b@y.test", "c@y.test")
    assert (tmp_path / "messages" / entry.id).read_bytes() == b"raw\r\n"
    assert [(each.id, each.state, len(each.recipients)) for each in read_spool(tmp_path)] == [(entry.id, INCOMING, 2)]


def test_what_was_being_delivered_is_incoming_again_after_a_crash(queue: MailQueue, tmp_path: Path) -> None:
    entry = accept(queue)
    assert queue.activate(entry.id) is not None
    assert queue.counts()[ACTIVE] == 1
    again = MailQueue(tmp_path)
    assert again.entries(INCOMING) == [entry]
    assert again.raw(entry.id) == b"raw\r\n"


def test_only_the_recipients_left_are_remembered(queue: MailQueue, tmp_path: Path) -> None:
    entry = accept(queue, "b@y.test", "c@y.test")
    queue.activate(entry.id)
    queue.record(entry.id, [Recipient("c@y.test", "c@y.test")])
    again = MailQueue(tmp_path)
    assert [each.address for each in again.entries()[0].recipients] == ["c@y.test"]


def test_a_message_without_recipients_left_is_gone(queue: MailQueue, tmp_path: Path) -> None:
    entry = accept(queue)
    queue.activate(entry.id)
    queue.record(entry.id, [])
    assert queue.entries() == []
    assert not list((tmp_path / "messages").iterdir())
    assert MailQueue(tmp_path).entries() == []


def test_half_written_files_and_bytes_without_envelope_go_away(queue: MailQueue, tmp_path: Path) -> None:
    kept = accept(queue)
    (tmp_path / INCOMING / ".X.part").write_text("{")
    (tmp_path / "messages" / "ORPHAN").write_bytes(b"never acknowledged")
    again = MailQueue(tmp_path)
    assert [each.id for each in again.entries()] == [kept.id]
    assert [each.name for each in (tmp_path / "messages").iterdir()] == [kept.id]
    assert not list(tmp_path.glob("*/.*"))


def test_a_damaged_envelope_is_set_aside_not_lost(queue: MailQueue, tmp_path: Path) -> None:
    entry = accept(queue)
    (tmp_path / INCOMING / entry.id).write_text('{"id": ')
    assert MailQueue(tmp_path).entries() == []
    assert (tmp_path / CORRUPT / entry.id).exists()


def test_deferred_waits_for_its_time_and_flush_makes_it_due(queue: MailQueue, clock: Clock) -> None:
    entry = accept(queue)
    queue.activate(entry.id)
    queue.defer(entry.id, [Recipient("b@y.test", "b@y.test", reason="450 later")], clock.now + 10)
    assert queue.due() == []
    assert queue.next_time() == clock.now + 10
    assert queue.entries(DEFERRED)[0].reason == "450 later"
    assert queue.flush() == 1
    assert queue.due() == [entry.id]
    queue.activate(entry.id)
    queue.defer(entry.id, [Recipient("b@y.test", "b@y.test")], clock.now + 10)
    clock.now += 10
    assert queue.due() == [entry.id]
    assert queue.entries()[0].attempts == 2


def test_held_mail_is_neither_due_nor_taken_until_it_is_released(queue: MailQueue) -> None:
    first, second = accept(queue), accept(queue)
    assert queue.hold([first.id]) == 1
    assert queue.due() == [second.id]
    assert queue.activate(first.id) is None
    assert queue.flush() == 0
    assert queue.release() == 1
    assert set(queue.due()) == {first.id, second.id}


def test_an_action_on_one_state_leaves_the_others_alone(queue: MailQueue) -> None:
    first, second = accept(queue), accept(queue)
    queue.activate(first.id)
    queue.defer(first.id, [Recipient("b@y.test", "b@y.test")], 2e9)
    assert queue.hold(state=DEFERRED) == 1
    assert [each.id for each in queue.entries(HOLD)] == [first.id]
    assert queue.delete([first.id, second.id], state=INCOMING) == 1
    assert [each.id for each in queue.entries()] == [first.id]


def test_holding_a_message_in_delivery_keeps_it_when_the_attempt_fails(queue: MailQueue) -> None:
    entry = accept(queue)
    queue.activate(entry.id)
    queue.hold()
    queue.defer(entry.id, [Recipient("b@y.test", "b@y.test")], 0.0)
    assert queue.counts()[HOLD] == 1
    assert queue.due() == []


def test_requeue_forgets_the_route_of_those_that_still_wait(queue: MailQueue) -> None:
    entry = accept(queue)
    queue.activate(entry.id)
    queue.defer(entry.id, [Recipient("alias@y.test", "b@y.test", transport="lmtp:old:7025")], 2e9)
    assert queue.requeue([entry.id]) == 1
    left = queue.entries(INCOMING)[0].recipients
    assert left == [Recipient("alias@y.test", "b@y.test", transport="")]


def test_delete_throws_away_without_a_word(queue: MailQueue, tmp_path: Path) -> None:
    entry, other = accept(queue), accept(queue)
    assert queue.delete([entry.id]) == 1
    assert [each.id for each in MailQueue(tmp_path).entries()] == [other.id]


def test_deleting_a_message_in_delivery_leaves_nothing_behind(queue: MailQueue) -> None:
    entry = accept(queue)
    queue.activate(entry.id)
    queue.delete()
    queue.defer(entry.id, [Recipient("b@y.test", "b@y.test")], 0.0)
    queue.record(entry.id, [])
    assert queue.entries() == []


def test_ids_differ(queue: MailQueue) -> None:
    ids = [queue.new_id() for _ in range(2000)]
    assert len(set(ids)) == len(ids)
    assert all(each == each.upper() and each.isalnum() for each in ids)
