# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a command of this very platform takes, learnt from its help page (reference: zextras-cli 1.2, 2.1, 8.6).

Products and versions differ in whether ``start`` is a positional, in parameter names (``accounts`` or ``accountIds``)
and in which parameters exist at all. The help page is asked once per start; what it does not tell comes from the
documented tables.
"""

import re
from typing import Dict, List, NamedTuple, Optional

SUITE = "suite"
NG = "ng"
CARBONIO = "carbonio"
DIALECTS = (SUITE, NG, CARBONIO)

# Parameters NG 8.8.15 documents where it has fewer than Suite and Carbonio (reference: "NG diff" lines of section 2).
_NG_PARAMETERS = {
    "doSmartScan": ("notifications",),
    "doExport": ("domains", "notifications"),
    "doExternalRestore": (
        "accounts", "domains", "filter_deleted", "skip_system_accounts", "skip_aliases", "skip_distribution_lists",
        "provisioning_only", "skip_coses", "notifications", "concurrent_accounts",
    ),
    "doCoherencyCheck": ("accounts", "checkZimbra", "fixBackup", "notifications"),
}  # fmt: skip
_START_COMMANDS = ("doSmartScan", "doCheckShares")
_SYNTAX = re.compile(r"^\s*(?:zxsuite|carbonio)\s+\S+\s+(\w+)(.*)$", re.MULTILINE)
_POSITIONAL = re.compile(r"\{(\w+)\}|\*(\w+)\*")
_PARAMETER = re.compile(r"^\s*(\w+)\s*\((M|O)\)(.*)$", re.MULTILINE)


class CommandHelp(NamedTuple):
    """``takes_start``: the literal ``start`` comes first. ``parameters``: optional ones, or ``None`` if not known."""

    takes_start: bool
    positionals: List[str]
    parameters: Optional[List[str]]

    def spelling(self, *names: str) -> Optional[str]:
        """How this platform writes the first of ``names`` it has; the first one when parameters are not known."""
        if self.parameters is None:
            return names[0]
        known: Dict[str, str] = {one.lower(): one for one in self.parameters}
        for name in names:
            if name.lower() in known:
                return known[name.lower()]
        return None


def parse_help(text: str, command: str, dialect: str) -> CommandHelp:
    """Read the help page of one command; gaps are filled with what the dialect documents.

    The syntax line shows positionals as ``{name}`` or ``*name*``; a literal ``start`` is either shown as such or is
    the only expected value of a mandatory ``action``.
    """
    syntax = next((m.group(2) for m in _SYNTAX.finditer(text) if m.group(1).lower() == command.lower()), None)
    table = _PARAMETER.findall(text)
    if syntax is None and not table:
        return documented(command, dialect)
    positionals = ["".join(found) for found in _POSITIONAL.findall(syntax or "")]
    mandatory = [name for name, mark, _rest in table if mark == "M"]
    takes_start = any(name.lower() == "start" for name in positionals) or bool(
        re.match(r"\s+start\b", syntax or "", re.IGNORECASE)
    )
    for name, mark, rest in table:
        if mark == "M" and name.lower() == "action" and re.search(r"\bstart\b", rest, re.IGNORECASE):
            takes_start = True
    optional: Optional[List[str]] = [name for name, mark, _rest in table if mark == "O"]
    if not table:
        optional = documented(command, dialect).parameters
    return CommandHelp(takes_start, positionals or mandatory, optional)


def documented(command: str, dialect: str) -> CommandHelp:
    """What the references say of a command where the platform itself does not."""
    parameters = _NG_PARAMETERS.get(command) if dialect == NG else None
    return CommandHelp(
        takes_start=dialect != NG and command in _START_COMMANDS,
        positionals=[],
        parameters=list(parameters) if parameters is not None else None,
    )
