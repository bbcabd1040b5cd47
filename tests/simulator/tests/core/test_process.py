#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a server: made, started, asked by its programs, killed, started again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from zimsim.config import Config
from zimsim.journal import Journal

from .conftest import Running, zimsim


def program(running: Running, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    argv = [str(running.home / "bin" / name), *arguments]
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Path]:
    """A server whose path is longer than a socket's address may be."""
    directory = tmp_path / ("long" * 30)
    zimsim("create", directory, "--hostname", "mail.long.test")
    yield directory
    zimsim("stop", directory)


def test_create_start_stop(made: Path) -> None:
    assert zimsim("status", made, check=False).stdout == "stopped\n"
    config = Config.load(made)
    assert (config.localconfig.stat().st_mode & 0o777) == 0o640
    assert (config.state.joinpath("config.json").stat().st_mode & 0o777) == 0o600
    zimsim("start", made)
    assert zimsim("status", made).stdout.startswith("running, process ")
    zmprov = subprocess.run([config.bin / "zmprov", "gad"], capture_output=True, text=True, timeout=60, check=True)
    assert zmprov.stdout == "test.com\n"
    zimsim("stop", made)
    assert not config.pid_file.exists()
    offline = subprocess.run([config.bin / "zmprov", "gad"], capture_output=True, text=True, timeout=60, check=False)
    assert (offline.returncode, offline.stderr.split(" ")[1]) == (2, "zclient.IO_ERROR")
    suite = subprocess.run([config.bin / "zxsuite", "core"], capture_output=True, text=True, timeout=60, check=False)
    assert (suite.returncode, suite.stdout) == (0, "Unable to communicate with server\n")


def test_killed_it_starts_again_with_all_it_had(made: Path) -> None:
    zimsim("start", made)
    config = Config.load(made)
    subprocess.run([config.bin / "zmprov", "cd", "kept.test"], capture_output=True, timeout=60, check=True)
    zimsim("kill", made)
    assert zimsim("status", made, check=False).returncode == 1
    zimsim("start", made)
    found = subprocess.run([config.bin / "zmprov", "gad"], capture_output=True, text=True, timeout=60, check=True)
    assert "kept.test" in found.stdout.split()


def test_twice_is_refused(made: Path) -> None:
    again = zimsim("create", made, check=False)
    assert again.returncode == 1
    assert "already holds a server" in again.stderr


def test_a_foreign_process_is_not_the_server(made: Path) -> None:
    config = Config.load(made)
    config.pid_file.write_text(f"{os.getpid()} 1\n", encoding="ascii")
    assert zimsim("status", made, check=False).returncode == 1
    zimsim("kill", made)


def test_target(running: Running) -> None:
    target = json.loads(zimsim("target", running.directory).stdout)
    assert target["product"] == "zimbra"
    assert target["admin_url"].endswith("/service/admin/soap")
    assert target["verify"] is False
    assert target["zmprov"] == [str(running.home / "bin" / "zmprov")]


def test_reads_are_not_journalled_writes_are(running: Running) -> None:
    journal = Journal(running.home / ".zimsim" / "journal.jsonl")
    before = journal.count()
    running.soap('<GetAllDomainsRequest xmlns="urn:zimbraAdmin"/>')
    running.soap('<GetQuotaUsageRequest xmlns="urn:zimbraAdmin"/>')
    assert program(running, "zmprov", "gad").returncode == 0
    assert journal.count() == before
    running.soap('<CreateDomainRequest xmlns="urn:zimbraAdmin"><name>journal.test</name></CreateDomainRequest>')
    (line,) = journal.lines(before)
    assert (line["surface"], line["action"], line["target"]) == ("soap", "CreateDomain", "journal.test")
    assert line["caller"] == "admin@test.com"


def test_get_mailbox_creates_and_says_so(running: Running) -> None:
    journal = Journal(running.home / ".zimsim" / "journal.jsonl")
    who = '<account by="name">admin@test.com</account>'
    answer = running.soap(f'<GetAccountRequest xmlns="urn:zimbraAdmin" attrs="zimbraId">{who}</GetAccountRequest>')
    request = f'<GetMailboxRequest xmlns="urn:zimbraAdmin"><mbox id="{answer[0].get("id")}"/></GetMailboxRequest>'
    running.soap(request)
    before = journal.count()
    running.soap(request)
    assert journal.count() == before


def test_input_is_fetched_only_when_asked_for(running: Running) -> None:
    """A program that does not read its input ends although the input stays open."""
    argv = [str(running.home / "bin" / "zmprov"), "gad"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert b"test.com" in child.stdout.read()
        assert child.wait(timeout=60) == 0


def test_input_reaches_the_program(running: Running) -> None:
    argv = [str(running.home / "bin" / "zmprov")]
    done = subprocess.run(argv, input="gad\nexit\n", capture_output=True, text=True, timeout=60, check=False)
    assert "test.com" in done.stdout


def test_an_interrupted_caller_ends_at_once(running: Running) -> None:
    argv = [str(running.home / "bin" / "zmprov")]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        time.sleep(0.5)
        child.send_signal(signal.SIGINT)
        assert child.wait(timeout=10) == 130
    assert program(running, "zmprov", "gad").returncode == 0


def test_faults_by_the_program(running: Running) -> None:
    zimsim("fault", running.directory, "set", "unreachable", "count=1")
    assert json.loads(zimsim("fault", running.directory, "list").stdout) == {"unreachable": {"count": 1}}
    zimsim("fault", running.directory, "clear")
    assert json.loads(zimsim("fault", running.directory, "list").stdout) == {}
    assert zimsim("fault", running.directory, "set", "nope", check=False).returncode == 1


def test_localconfig_login(running: Running) -> None:
    """The directory's own name and password work on the admin service."""
    secret = program(running, "zmlocalconfig", "-s", "-m", "nokey", "zimbra_ldap_password").stdout.strip()
    login = f"<name>zimbra</name><password>{secret}</password>"
    answer = running.soap(f'<AuthRequest xmlns="urn:zimbraAdmin">{login}</AuthRequest>', token="none")
    token = answer.findtext("{*}authToken") or ""
    domains = running.soap('<GetAllDomainsRequest xmlns="urn:zimbraAdmin"/>', token=token)
    assert domains.tag.endswith("GetAllDomainsResponse")
