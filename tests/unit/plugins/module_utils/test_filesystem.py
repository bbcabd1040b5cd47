# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""File systems are looked at without leaving anything behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils import _filesystem as filesystem

MOUNTS = """/dev/sda1 / ext4 rw,relatime 0 0
/dev/sdb1 /opt/zimbra/backup xfs rw 0 0
user@host:/x /mnt/with\\040blank fuse.sshfs rw,user_id=0 0 0
broken
/dev/sdc1 /opt/zimbra/backup vfat rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "point", "kind"),
    [
        ("/opt/zimbra/store", "/", "ext4"),
        ("/opt/zimbra/backup/zextras", "/opt/zimbra/backup", "vfat"),
        ("/opt/zimbra/backup2", "/", "ext4"),
        ("/mnt/with blank/a", "/mnt/with blank", "fuse.sshfs"),
    ],
)
def test_mount_a_path_lies_on(path: str, point: str, kind: str) -> None:
    mount = filesystem.mount_of(path, MOUNTS)
    assert mount is not None
    assert (mount.point, mount.kind) == (point, kind)


def test_space_of_a_path_that_is_not_there_is_its_parents(tmp_path: Path) -> None:
    here, missing = filesystem.space_of(str(tmp_path)), filesystem.space_of(str(tmp_path / "a" / "b"))
    assert here is not None and missing is not None
    assert (here.exists, missing.exists) == (True, False)
    assert here.device == missing.device
    assert here.total > 0


def test_an_entry_that_is_there_answers_without_a_trace(tmp_path: Path) -> None:
    (tmp_path / "accounts").mkdir()
    tmp_path.chmod(0o555)
    assert filesystem.is_case_sensitive(str(tmp_path), may_write=False) is True
    assert [one.name for one in tmp_path.iterdir()] == ["accounts"]


def test_two_names_of_one_entry_are_an_insensitive_file_system(tmp_path: Path) -> None:
    # What such a file system shows: the same entry under both names.
    (tmp_path / "accounts").touch()
    (tmp_path / "ACCOUNTS").hardlink_to(tmp_path / "accounts")
    assert filesystem.is_case_sensitive(str(tmp_path), may_write=False) is False


def test_empty_directory_is_tried_only_with_leave_and_left_empty(tmp_path: Path) -> None:
    assert filesystem.is_case_sensitive(str(tmp_path), may_write=False) is None
    assert filesystem.is_case_sensitive(str(tmp_path), may_write=True) is True
    assert list(tmp_path.iterdir()) == []
    assert filesystem.is_case_sensitive(str(tmp_path / "missing"), may_write=True) is None


def test_description(tmp_path: Path) -> None:
    facts = filesystem.describe(str(tmp_path / "later"), MOUNTS, may_write=True)
    assert (facts["exists"], facts["case_sensitive"], facts["mount_point"]) == (False, None, "/")
    assert facts["free"] > 0
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "neighbour").touch()
    assert filesystem.describe(str(tmp_path / "later"), MOUNTS, may_write=True)["case_sensitive"] is True


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("/a/b", "/a/b/", "same"),
        ("/a/b/c", "/a/b", "inside"),
        ("/a", "/a/b", "around"),
        ("/a/bc", "/a/b", None),
        ("/a/../b", "/b", "same"),
    ],
)
def test_relations(one: str, other: str, expected: str | None) -> None:
    assert filesystem.relation(one, other) == expected
