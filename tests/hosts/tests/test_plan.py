# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and addresses: no root needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from labhosts.plan import LabError, plan


def test_addresses_and_names_follow_from_the_plan(tmp_path: Path) -> None:
    made = plan("try", ["source", "destination"], tmp_path, "10.78.0.0/24")
    assert {host.name: host.address for host in made.hosts} == {"source": "10.78.0.11", "destination": "10.78.0.12"}
    assert made.controller_address == "10.78.0.1"
    assert [made.namespace(host) for host in made.hosts] == ["labh-try-source", "labh-try-destination"]
    assert made.switch == "labh-try-switch"


@pytest.mark.parametrize("hosts", [["source", "source"], ["switch"], ["Source"], ["a b"], ["waytoolongname"]])
def test_unusable_host_names_are_refused(tmp_path: Path, hosts: list[str]) -> None:
    with pytest.raises(LabError):
        plan("try", hosts, tmp_path)


def test_the_interface_name_fits_the_kernel(tmp_path: Path) -> None:
    assert len(plan("abcdefghijkl", ["a"], tmp_path).cable) <= 15
