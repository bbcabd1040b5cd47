# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command lines for rsync and the meaning of what it prints, with texts of rsync 3.0 to 3.5."""

from __future__ import annotations

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils import _rsync
from ansible_collections.mailops.zimbra.plugins.module_utils._rsync import Rules, Target

TARGET = Target("new.test", 2222, "zextras", "/import/u 1/", "/keys/my key", "/keys/known")
RULES = Rules(["/map_*"], 0, 600, None)

STATISTICS = """
Number of files: 1,234 (reg: 1,000, dir: 234)
Number of created files: 12 (reg: 10, dir: 2)
Number of deleted files: 0
Number of regular files transferred: 10
Total file size: 5,000,123 bytes
Total transferred file size: 4096 bytes
Literal data: 4096 bytes
Total bytes sent: 900
"""


def test_statistics_are_numbers_whatever_separates_their_digits() -> None:
    expected = {"files": 1234, "created": 12, "transferred": 10, "bytes": 5000123, "transferred_bytes": 4096}
    assert _rsync.parse_statistics(STATISTICS) == expected
    assert _rsync.parse_statistics(STATISTICS.replace(",", ".")) == expected
    assert _rsync.parse_statistics("")["files"] == 0


def test_items_say_what_differs() -> None:
    text = (
        "<f+++++++++ new file\n<fcst...... a/b\n<fc.t...... c\n.d..t...... dir/\n.f...p..... mode\n"
        "cL+++++++++ link\ncd+++++++++ made/\nhf+++++++++ hard\nnot an item\n"
    )
    found = {item.path: item.why for item in _rsync.parse_items(text)}
    assert found == {
        "new file": ["missing"],
        "a/b": ["content", "size", "time"],
        "c": ["content", "time"],
        "dir/": ["time"],
        "mode": ["permissions"],
        "link": ["missing"],
        "made/": ["missing"],
        "hard": ["missing"],
    }
    assert _rsync.count_items("<f+++++++++\n.d..t......\n\nNumber of files: 3\n") == 2


def test_the_shell_uses_this_key_and_this_host_only() -> None:
    shell = _rsync.ssh_command(TARGET)
    assert shell.startswith("ssh -F /dev/null -T -p 2222 -i '/keys/my key' ")
    for setting in (
        "BatchMode=yes",
        "IdentitiesOnly=yes",
        "StrictHostKeyChecking=yes",
        "UserKnownHostsFile=/keys/known",
    ):
        assert f"-o {setting}" in shell


def test_a_copy_deletes_nothing_and_keeps_parts() -> None:
    argv = _rsync.copy_command("/backup/", TARGET, Rules(["/map_*"], 500, 60, "zextras:zextras"))
    assert not [word for word in argv if word.startswith("--delete")]
    assert {"--partial", "--bwlimit=500", "--timeout=60", "--chown=zextras:zextras", "--exclude=/map_*"} <= set(argv)
    assert argv[-3:] == ["--", "/backup/", "zextras@new.test:/import/u 1/"]
    assert "--protect-args" in argv and "--dry-run" not in argv and "--checksum" not in argv


def test_a_comparison_changes_nothing() -> None:
    argv = _rsync.compare_command("/backup", TARGET, RULES)
    assert {"--dry-run", "--checksum", "--out-format=%i %n"} <= set(argv)
    assert "--owner" not in argv


def test_a_restricted_receiver_gets_a_path_of_its_own_and_no_option_it_refuses() -> None:
    argv = _rsync.copy_command("/backup", TARGET._replace(path=None, host="::1"), RULES)
    assert argv[-1] == "zextras@[::1]:./"
    assert "--protect-args" not in argv


@pytest.mark.parametrize(
    ("rc", "errors", "again"),
    [
        (24, "rsync warning: some files vanished", True),
        (23, "rsync: send_files failed to open: Permission denied (13)", False),
        (12, "rsync error: error in rsync protocol data stream (code 12)", True),
        (12, "rsync: connection unexpectedly closed\nrrsync error: option --x has been disabled.", False),
        (30, "", True),
        (255, "ssh: connect to host x port 22: Connection refused", True),
        (255, "root@x: Permission denied (publickey).", False),
        (255, "Host key verification failed.", False),
        (11, "No space left on device (28)", False),
        (1, "unknown option", False),
    ],
)
def test_another_try_is_for_what_can_pass(rc: int, errors: str, again: bool) -> None:
    assert _rsync.worth_another_try(rc, errors) is again


@pytest.mark.parametrize(
    ("rc", "errors", "words"),
    [
        (11, 'rsync: write failed on "/x": No space left on device (28)', ["disk of the Destination full", "No space"]),
        (
            23,
            "rsync: open failed: Permission denied (13)\nrsync error: some files",
            ["could not be copied", "open failed"],
        ),
        (127, "bash: rsync: command not found", ["not installed on the Destination"]),
        (12, "bash: line 1: rsync: command not found", ["not installed on the Destination"]),
        (99, "", ["rsync failed", "exit status 99"]),
    ],
)
def test_exit_statuses_are_explained(rc: int, errors: str, words: list[str]) -> None:
    text = _rsync.explain(rc, errors)
    assert [word for word in words if word not in text] == [] and "rsync error:" not in text


def test_the_lock_lives_as_long_as_rsync() -> None:
    assert _rsync.locked(["rsync", "x"], "/backup", 9.7) == ["flock", "-E", "75", "-w", "9", "/backup", "rsync", "x"]
