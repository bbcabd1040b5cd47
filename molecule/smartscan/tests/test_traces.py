# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing of the migration stays on the hosts but what is meant to."""

from __future__ import annotations

import json

import pytest
from conftest import PROJECT, SERVER, as_service_user
from testinfra.host import Host

BOTH = pytest.mark.parametrize("name", ["source", "destination"])


@BOTH
def test_no_key_and_no_known_host_stays(name: str, request: pytest.FixtureRequest) -> None:
    host: Host = request.getfixturevalue(name)
    # The controller's own access is in /etc/ssh; everything below is of the migration's making.
    found = host.check_output(
        "find /root/.ssh /opt/zimbra/.ssh /opt/migration -type f "
        r"\( -path '*/.ssh/*' -o -path '*/keys/*' -o -name '*.pub' \) -size +0 2>/dev/null || true"
    )
    assert found.split() == []


@BOTH
def test_no_temporary_file_stays(name: str, request: pytest.FixtureRequest) -> None:
    host: Host = request.getfixturevalue(name)
    # The checkout may lie below /tmp; it is mounted into the hosts, so -xdev does not look into it.
    left = "find /tmp /var/tmp /root/.ansible/tmp /opt/zimbra/.ansible/tmp -xdev -mindepth 1 2>/dev/null || true"
    paths = [path for path in host.check_output(left).splitlines() if not f"{PROJECT}/".startswith(f"{path}/")]
    # testinfra itself is a guest of Ansible for the length of this command.
    assert [path for path in paths if "ansible-tmp" not in path] == []


@BOTH
def test_the_backup_work_of_the_server_is_as_it_was(name: str, request: pytest.FixtureRequest) -> None:
    host: Host = request.getfixturevalue(name)
    before = json.loads(host.file(f"{SERVER}/work-before.json").content_string)
    queries = (["getServices"], ["getProperty", "ZxBackup_RealTimeScanner"])
    now = [as_service_user(host, "/opt/zimbra/bin/zxsuite", "backup", *query) for query in queries]
    assert [text.strip() for text in now] == [text.strip() for text in before]
