# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The repository as a whole: headers, pins, what is built, and nothing that must not be published."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from repository import ROOT, below_root, load, tracked

each_python_file = pytest.mark.parametrize("path", tracked("*.py"), ids=below_root)
HEADER = [
    "# Copyright (c) 2026, mailops.zimbra contributors",
    "# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)",
    "# SPDX-License-Identifier: GPL-3.0-or-later",
]
SECRETS = {
    "private key": re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/=]{20}"),
    "access token": re.compile(r"\b(?:ghp|gho|glpat|xox[abp])[_-][A-Za-z0-9-]{20,}"),
    "password in a URL": re.compile(r"\b[a-z]+://[^/\s:@{}<>]+:[^/\s:@{}<>]+@"),
}
COMMANDS = ["setup", "lint", "sanity", "unit", "contract", "integration", "molecule", "test", "demo", "bench", "clean"]


@each_python_file
def test_header(path: Path) -> None:
    lines = path.read_text().splitlines()
    if not lines:
        assert path.name == "__init__.py"
        return
    if path.parent == ROOT / "plugins" / "modules":
        assert lines.pop(0) == "#!/usr/bin/python"
    elif lines[0].startswith("#!"):
        lines.pop(0)
    if lines[0].startswith("# -*- coding"):
        lines.pop(0)
    assert lines[:3] == HEADER


@pytest.mark.parametrize("path", tracked(), ids=below_root)
def test_no_secret_is_published(path: Path) -> None:
    text = path.read_text(errors="replace")
    assert [kind for kind, pattern in SECRETS.items() if pattern.search(text)] == []


def test_every_requirement_is_pinned() -> None:
    lines = [
        line
        for path in (ROOT / "requirements").glob("*.txt")
        for line in path.read_text().splitlines()
        if line and not line.startswith(("#", "-r "))
    ]
    assert lines
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9_.\-]+==[A-Za-z0-9_.]+", line)] == []


def test_the_constraints_agree_with_the_requirements() -> None:
    def pins(name: str) -> dict[str, str]:
        text = (ROOT / "requirements" / name).read_text()
        found = re.findall(r"^([A-Za-z0-9_.\-]+)==(\S+)$", text, re.MULTILINE)
        return {re.sub(r"[-_.]+", "-", package).lower(): version for package, version in found}

    wanted = pins("runtime.txt") | pins("test.txt")
    constraints = pins("constraints.txt")
    assert {name: constraints.get(name) for name in wanted} == wanted


def test_what_git_ignores_is_not_built() -> None:
    """ansible-galaxy reads no .gitignore."""
    ignored = [line for line in (ROOT / ".gitignore").read_text().splitlines() if line and not line.startswith("#")]
    assert {line.strip("/") for line in ignored} <= set(load(ROOT / "galaxy.yml")["build_ignore"])


def test_version_and_changelog_agree() -> None:
    version = load(ROOT / "galaxy.yml")["version"]
    releases = load(ROOT / "changelogs" / "changelog.yaml")["releases"]
    assert version in releases
    assert f'id="v{version.replace(".", "-")}"' in (ROOT / "CHANGELOG.md").read_text()


def test_every_command_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert [name for name in COMMANDS if not re.search(rf"^{name}:.* ## ", makefile, re.MULTILINE)] == []


def test_nobody_is_silenced_without_a_reason() -> None:
    """A linter is told to look away only with the reason beside it."""
    silent = re.compile(r"#\s*(?:noqa|type:\s*ignore|pylint:\s*disable|yamllint\s+disable)[^\n#(]*(?P<reason>[#(].+)?")
    bare = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked("*.py", "*.yml")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if path != Path(__file__) and (match := silent.search(line)) and not match["reason"]
    ]
    assert bare == []
