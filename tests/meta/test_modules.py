# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules and the code below them: documented, tested, in the action group, without what old hosts lack."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import yaml
from repository import ROOT, below_root, load, modules, tracked

each_module = pytest.mark.parametrize("module", modules(), ids=lambda path: path.stem)
# Commands go through an injected runner; `print` and `assert` break the protocol of a module or vanish under -O.
FORBIDDEN_IMPORTS = {"subprocess", "dataclasses", "requests", "yaml", "lxml"}


def documentation(module: Path, name: str) -> str:
    """The string constant ``name`` of a module or, in a class, of a documentation fragment."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
            assert isinstance(node.value, ast.Constant)
            return str(node.value.value)
    raise AssertionError(f"{module.name} has no {name}")


def test_there_are_modules() -> None:
    assert modules()


def test_the_action_group_holds_every_module() -> None:
    """``python tools/action_groups.py`` writes it."""
    assert load(ROOT / "meta" / "runtime.yml")["action_groups"]["all"] == [path.stem for path in modules()]


@each_module
def test_documentation_is_complete(module: Path) -> None:
    docs = yaml.safe_load(documentation(module, "DOCUMENTATION"))
    assert docs["module"] == module.stem
    assert docs["short_description"] and docs["description"] and docs["author"]
    assert yaml.safe_load(documentation(module, "EXAMPLES"))
    assert yaml.safe_load(documentation(module, "RETURN"))


@each_module
def test_check_and_diff_mode_are_documented(module: Path) -> None:
    docs = yaml.safe_load(documentation(module, "DOCUMENTATION"))
    attributes = set(docs.get("attributes", {}))
    for name in docs.get("extends_documentation_fragment", []):
        shared = ROOT / "plugins" / "doc_fragments" / f"{name.removeprefix('mailops.zimbra.')}.py"
        attributes |= set(yaml.safe_load(documentation(shared, "DOCUMENTATION")).get("attributes", {}))
    assert {"check_mode", "diff_mode"} <= attributes


@each_module
def test_examples_use_the_full_name(module: Path) -> None:
    tasks = yaml.safe_load(documentation(module, "EXAMPLES"))
    assert any(f"mailops.zimbra.{module.stem}" in task for task in tasks)


@each_module
def test_there_are_unit_tests(module: Path) -> None:
    assert list((ROOT / "tests" / "unit").rglob(f"test_{module.stem}*.py")) != []


@each_module
def test_the_module_is_thin(module: Path) -> None:
    """main() wires: the thinking is in module_utils, where it is tested without a module."""
    (main,) = [n for n in ast.parse(module.read_text()).body if isinstance(n, ast.FunctionDef) and n.name == "main"]
    assert main.end_lineno is not None
    assert main.end_lineno - main.lineno <= 60


@pytest.mark.parametrize(
    "path", tracked("plugins/modules/*.py", "plugins/module_utils/*.py"), ids=below_root
)
def test_code_for_the_mail_servers_is_plain(path: Path) -> None:
    tree = ast.parse(path.read_text())
    imported = {alias.name.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names}
    imported |= {(n.module or "").split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert imported & FORBIDDEN_IMPORTS == set()
    called = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    assert "print" not in called
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    if "module_utils" in path.parts:
        assert path.name.startswith("_")
