# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server is killed again and again while somebody mails to it: nothing accepted is lost, nothing comes twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from zimsim import creation, process
from zimsim.config import Config
from zimsim.inspect.sent import compare
from zimsim.inspect.stores import Stores
from zimsim.model import Store
from zimsim.smtp.envelope import QueueEntry
from zimsim.smtp.queue import read_spool
from zimsim.smtp.service import SPOOL
from zimsim.smtp.testing import eventually

_KILLS = 3


@pytest.fixture
def config(tmp_path: Path) -> Config:
    home = tmp_path / "opt" / "zimbra"
    config = creation.create(Config(directory=tmp_path, home=home, hostname="mail.test", address="127.0.0.41"))
    (config.state / "mta.json").write_text('{"minimal_backoff": 0.2}')
    store = Store(home)
    store.directory.create("domain", "a.test")
    for name in ("ada", "ben", "eva"):
        store.directory.create("account", f"{name}@a.test")
    team = store.directory.create("dl", "team@a.test")
    store.directory.add_members(team.id, ["ada@a.test", "ben@a.test", "eva@a.test"])
    store.close()
    return config


def send(config: Config, directory: Path, *, seconds: int, rate: int) -> subprocess.Popen[str]:
    recipients = directory / "recipients"
    recipients.write_text("ada@a.test\nteam@a.test\nben@a.test\n")
    argv = [sys.executable, "-m", "zimsim.cli", "send", "--target", f"{config.address}:{config.ports['smtp']}"]
    argv += ["--rcpt-file", str(recipients), "--log", str(directory / "sent.jsonl")]
    argv += ["--rate", str(rate), "--duration", str(seconds)]
    return subprocess.Popen(argv, text=True, stdout=subprocess.PIPE)


def queued(config: Config) -> list[QueueEntry]:
    return list(read_spool(config.home / SPOOL))


def _has_lines(log: Path, least: int) -> bool:
    return log.exists() and len(log.read_bytes().splitlines()) >= least


def test_killed_servers_lose_and_double_nothing(config: Config, tmp_path: Path) -> None:
    process.start(config)
    sender = send(config, tmp_path, seconds=3600, rate=60)
    try:
        log = tmp_path / "sent.jsonl"
        for number in range(_KILLS):
            wanted = 40 * (number + 1)
            eventually(partial(_has_lines, log, wanted))
            process.kill(config)
            process.start(config)
        sender.send_signal(signal.SIGTERM)
        out, _ = sender.communicate(timeout=60)
        assert sender.returncode == 0
        counts = json.loads(out)
        assert counts["accepted"] >= 40 * _KILLS
        assert counts["unsent"] == counts["refused"] == 0
        eventually(lambda: not queued(config))
    finally:
        sender.kill()
        sender.wait()
        process.stop(config)
    stores = Stores(config.home)
    result = compare(stores, log)
    stores.close()
    assert result["lost"] == []
    assert [each for each in result["doubled"] if not each["uncertain"]] == []
    assert result["found"] == result["accepted"] == counts["accepted"]


def test_a_stopped_server_keeps_what_it_could_not_deliver(config: Config, tmp_path: Path) -> None:
    store = Store(config.home)
    for name in ("ada", "ben", "eva"):
        store.directory.modify(
            store.directory.get("account", f"{name}@a.test").id, {"zimbraAccountStatus": "maintenance"}
        )
    process.start(config)
    try:
        sender = send(config, tmp_path, seconds=1, rate=10)
        sender.communicate(timeout=60)
        accepted = len((tmp_path / "sent.jsonl").read_bytes().splitlines())
        process.stop(config)
        assert len(queued(config)) == accepted > 0
        for name in ("ada", "ben", "eva"):
            store.directory.modify(
                store.directory.get("account", f"{name}@a.test").id, {"zimbraAccountStatus": "active"}
            )
        process.start(config)
        eventually(lambda: not queued(config))
    finally:
        process.stop(config)
        store.close()
    stores = Stores(config.home)
    result = compare(stores, tmp_path / "sent.jsonl")
    stores.close()
    assert (result["accepted"], result["found"], result["doubled"]) == (accepted, accepted, [])


def test_the_sender_goes_on_with_the_same_message_id_when_the_server_is_away(config: Config, tmp_path: Path) -> None:
    sender = send(config, tmp_path, seconds=2, rate=5)
    time.sleep(0.5)
    process.start(config)
    try:
        out, _ = sender.communicate(timeout=60)
        lines = [json.loads(line) for line in (tmp_path / "sent.jsonl").read_text().splitlines()]
        assert json.loads(out)["unsent"] == 0
        assert max(line["attempts"] for line in lines) > 1
        assert len({line["message_id"] for line in lines}) == len(lines)
    finally:
        process.stop(config)
        assert not os.path.exists(config.pid_file)
