# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""backup_sync through a real rsync and a real sshd on loopback."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.modules import backup_sync
from ansible_collections.mailops.zimbra.tests.unit.plugins.modules.running import run_main
from ansible_collections.mailops.zimbra.tests.unit.plugins.modules.sshd import Sshd, running_sshd


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with running_sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture(autouse=True)
def unrestricted(sshd: Sshd) -> None:
    sshd.authorized_keys.write_text(sshd.private_key.with_suffix(".pub").read_text())


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A small backup path with what makes paths hard: blanks, umlauts, quotes, map files."""
    top = tmp_path / "back up"
    blob = top / "items" / "c0" / "c0,gUlvzQ=="
    item = top / "accounts" / "a-1" / "items" / "57" / "2057"
    for path, text in (
        (blob, "blob"),
        (item, "[1]"),
        (top / "accounts" / "a-1" / "Umläut 'x'", "odd"),
        (top / "map_11-22", "map"),
        (top / "accounts" / "a-1" / "id_mapper.log", "map"),
        (top / "backupstat", "stat"),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return top


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "import"
    path.mkdir()
    return path


def tree(top: Path) -> dict[str, bytes | None]:
    return {str(p.relative_to(top)): p.read_bytes() if p.is_file() else None for p in sorted(top.rglob("*"))}


def sync(capsys: Any, sshd: Sshd, source: Path, target: Path | None, **more: Any) -> dict[str, Any]:
    options: dict[str, Any] = dict(sshd.options(), source=str(source), **more)
    if target is not None:
        options["destination"] = str(target)
    return run_main(backup_sync.main, capsys, **options)


def test_copies_proves_and_finds_nothing_to_do_then(capsys: Any, sshd: Sshd, source: Path, target: Path) -> None:
    first = sync(capsys, sshd, source, target)
    assert (first["changed"], first["verified"], first["transferred"]) == (True, True, 4)
    assert first["bytes"] == len("blob[1]oddstat")
    copied = tree(target)
    assert "map_11-22" not in copied
    assert {name: data for name, data in tree(source).items() if not re.search("map_|id_mapper", name)} == copied

    second = sync(capsys, sshd, source, target)
    assert (second["changed"], second["verified"], second["items"], second["transferred"]) == (False, True, 0, 0)


def test_deletes_nothing_and_keeps_what_only_the_destination_has(
    capsys: Any, sshd: Sshd, source: Path, target: Path
) -> None:
    (target / "map_11-22").write_text("of the Destination")
    (target / "extra").write_text("x")
    assert sync(capsys, sshd, source, target)["verified"]
    assert (target / "map_11-22").read_text() == "of the Destination"
    assert (target / "extra").exists()


def test_check_mode_predicts_and_writes_nothing(capsys: Any, sshd: Sshd, source: Path, target: Path) -> None:
    predicted = sync(capsys, sshd, source, target, check=True)
    assert (predicted["changed"], predicted["verified"], predicted["transferred"]) == (True, False, 4)
    assert tree(target) == {}
    sync(capsys, sshd, source, target)
    assert sync(capsys, sshd, source, target, check=True)["changed"] is False


def test_check_mode_without_the_key_warns_and_opens_no_connection(
    capsys: Any, sshd: Sshd, source: Path, target: Path, tmp_path: Path
) -> None:
    options = dict(sshd.options(), private_key=str(tmp_path / "later"), port=1)
    result = run_main(backup_sync.main, capsys, check=True, source=str(source), destination=str(target), **options)
    assert (result["changed"], result["compared"]) == (True, False)
    assert any("private_key=" in str(warning) for warning in result["warnings"])
    refused = run_main(backup_sync.main, capsys, source=str(source), destination=str(target), **options)
    assert refused["failed"] and "private_key=" in refused["msg"]


def test_repairs_what_only_a_checksum_sees(capsys: Any, sshd: Sshd, source: Path, target: Path) -> None:
    sync(capsys, sshd, source, target)
    stat = target / "backupstat"
    before = stat.stat()
    stat.write_text("stAt")
    os.utime(stat, ns=(before.st_atime_ns, before.st_mtime_ns))
    healed = sync(capsys, sshd, source, target)
    assert (healed["changed"], healed["repaired"], healed["verified"]) == (True, 1, True)
    assert stat.read_text() == "stat"


def test_without_verify_the_same_damage_stays_unseen(capsys: Any, sshd: Sshd, source: Path, target: Path) -> None:
    sync(capsys, sshd, source, target)
    stat = target / "backupstat"
    before = stat.stat()
    stat.write_text("stAt")
    os.utime(stat, ns=(before.st_atime_ns, before.st_mtime_ns))
    result = sync(capsys, sshd, source, target, verify=False)
    assert (result["changed"], result["verified"]) == (False, False)


def test_a_key_restricted_by_rrsync_is_enough(capsys: Any, sshd: Sshd, source: Path, target: Path) -> None:
    rrsync = shutil.which("rrsync")
    assert rrsync, "rsync came without rrsync: make setup"
    sshd.restrict(f"{rrsync} -wo {target}")
    assert sync(capsys, sshd, source, None)["verified"]
    assert (target / "backupstat").read_text() == "stat"
    outside = sync(capsys, sshd, source, target.parent / "elsewhere")
    assert outside["failed"]


def test_an_unknown_host_key_is_refused(capsys: Any, sshd: Sshd, source: Path, target: Path, tmp_path: Path) -> None:
    empty = tmp_path / "known"
    empty.write_text("")
    result = run_main(
        backup_sync.main,
        capsys,
        source=str(source),
        destination=str(target),
        **dict(sshd.options(), known_hosts=str(empty)),
    )
    assert result["failed"] and "Host key verification failed" in result["msg"]
    assert result["details"]["tries"] == 1
    assert tree(target) == {}


def test_a_missing_destination_directory_fails_with_what_rsync_said(
    capsys: Any, sshd: Sshd, source: Path, tmp_path: Path
) -> None:
    result = sync(capsys, sshd, source, tmp_path / "no" / "such", retries=0)
    assert result["failed"] and str(tmp_path / "no") in result["msg"]


def test_a_second_run_waits_for_the_one_that_is_running(capsys: Any, sshd: Sshd, source: Path, target: Path) -> None:
    descriptor = os.open(source, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        refused = sync(capsys, sshd, source, target, timeout=1)
        assert refused["failed"] and refused["error"] == "SyncLocked"
        assert tree(target) == {}
        release = threading.Timer(0.5, fcntl.flock, (descriptor, fcntl.LOCK_UN))
        release.start()
        result = sync(capsys, sshd, source, target)
        release.join()
        assert (result["waited"], result["verified"]) == (True, True)
    finally:
        os.close(descriptor)


def test_an_owner_needs_a_receiver_that_is_root(capsys: Any, sshd: Sshd, source: Path, target: Path) -> None:
    options = dict(sshd.options(), user="nobody", chown="zextras:zextras")
    result = run_main(backup_sync.main, capsys, source=str(source), destination=str(target), **options)
    assert result["failed"] and "chown=zextras:zextras" in result["msg"] and "user=nobody" in result["msg"]
