# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles: their interfaces are described completely, and they hold no shell and no inventory."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from repository import below_root, load, mappings, roles, tracked

each_role = pytest.mark.parametrize("role", roles(), ids=lambda path: path.name)
FREE_COMMANDS = {"command", "shell", "raw", "script", "expect"}
INCLUDES = ("include_tasks", "import_tasks")


def specs(role: Path) -> dict[str, Any]:
    found: dict[str, Any] = load(role / "meta" / "argument_specs.yml")["argument_specs"]
    return found


def options(role: Path) -> dict[str, dict[str, Any]]:
    """The options of all entry points of a role; an option that two of them have must be the same in both."""
    merged: dict[str, dict[str, Any]] = {}
    for entry, spec in specs(role).items():
        for name, option in (spec.get("options") or {}).items():
            assert merged.setdefault(name, option) == option, f"{role.name}: {name} differs in entry point {entry}"
    return merged


def test_there_are_roles() -> None:
    assert roles()


@each_role
def test_the_defaults_are_the_ones_that_are_documented(role: Path) -> None:
    defaults = load(role / "defaults" / "main.yml") or {}
    documented = {name: option["default"] for name, option in options(role).items() if "default" in option}
    assert documented == defaults


@each_role
def test_an_option_has_a_default_or_is_required(role: Path) -> None:
    unclear = [name for name, option in options(role).items() if ("default" in option) == option.get("required", False)]
    assert unclear == []


@each_role
def test_every_option_has_the_name_of_the_role_and_a_description(role: Path) -> None:
    prefix = f"{role.name}_"
    assert [name for name in options(role) if not name.startswith(prefix)] == []
    assert [name for name, option in options(role).items() if not option.get("description")] == []


@each_role
def test_every_entry_point_is_specified(role: Path) -> None:
    files = {path.stem: path for path in (role / "tasks").glob("*.yml")}
    included = {
        Path(target if isinstance(target, str) else target["file"]).stem
        for path in files.values()
        for task in mappings(load(path))
        for key, target in task.items()
        if key.rpartition(".")[2] in INCLUDES
    }
    # A file that no other file of the role includes can only be meant as a door from outside.
    doors = {name for name in files if name not in included}
    assert doors <= set(specs(role)) <= set(files)


@pytest.mark.parametrize("path", tracked("roles/**.yml", "playbooks/**.yml"), ids=below_root)
def test_no_free_commands(path: Path) -> None:
    assert [key for task in mappings(load(path)) for key in task if key.rpartition(".")[2] in FREE_COMMANDS] == []


@pytest.mark.parametrize("path", tracked("roles/**"), ids=below_root)
def test_roles_know_no_inventory_groups(path: Path) -> None:
    found = re.findall(r"zimbra_(?:source|destination|units)\b|\bgroups\b\s*[\[.]|\bgroup_names\b", path.read_text())
    assert found == []
