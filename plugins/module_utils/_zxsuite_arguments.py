# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the module's plain words to the arguments of a ``do*`` command (reference: zextras-cli 2.1 to 2.6)."""

from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from ansible_collections.mailops.zimbra.plugins.module_utils._dialect import CommandHelp
from ansible_collections.mailops.zimbra.plugins.module_utils._errors import DialectError, ParameterError


class Command(NamedTuple):
    """``positional``: our option that comes first, if any. ``options``: our option to the names platforms give it."""

    command: str
    positional: Optional[str]
    options: Dict[str, Tuple[str, ...]]
    title: str


_RESTORE_OPTIONS = (
    "accounts", "input_file", "domains", "filter_deleted", "skip_system_accounts", "skip_aliases",
    "skip_distribution_lists", "skip_coses", "skip_account_provisioning", "skip_domain_provisioning",
    "provisioning_only", "notifications", "concurrent_accounts", "max_file_size", "restore_datasource",
    "force_as_external_restore", "blobs_archive",
)  # fmt: skip


def _same(*names: str) -> Dict[str, Tuple[str, ...]]:
    return {name: (name,) for name in names}


COMMANDS = {
    "smart_scan": Command(
        "doSmartScan",
        None,
        _same("notifications", "read_error_threshold", "deep", "remote_metadata_upload", "create_fake_blob"),
        "SmartScan",
    ),
    "export": Command(
        "doExport",
        "path",
        dict(
            _same("domains", "cos", "notifications", "read_error_threshold", "skip_items"),
            space_threshold=("threshold",),
        ),
        "Export",
    ),
    "external_restore": Command("doExternalRestore", "path", _same(*_RESTORE_OPTIONS), "External Restore"),
    "account_scan": Command(
        "doAccountScan", "account", _same("deep", "notifications", "remote_metadata_upload"), "Account Scan"
    ),
    "check_shares": Command("doCheckShares", None, {}, "Check Shares"),
    "fix_shares": Command("doFixShares", "map_file", {}, "Fix Shares"),
    "coherency_check": Command(
        "doCoherencyCheck",
        "path",
        {
            "accounts": ("accountIds", "accounts"),
            "check_zimbra": ("checkZimbra",),
            "fix_backup": ("fixBackup",),
            "fix_double_gzip": ("fixDoubleGzip",),
            "notifications": ("notifications",),
        },
        "Coherency Check",
    ),
}
# Options that say how, not what: they do not change the result and are no part of the idempotency key.
NO_RESULT = ("notifications", "concurrent_accounts", "space_threshold", "read_error_threshold", "max_file_size")
# Commands that take one address, not a list (reference: 1.2).
_ONE_ADDRESS = ("doExternalRestore", "doAccountScan")

Parameters = Dict[str, Any]


def given(operation: str, options: Parameters) -> Parameters:
    """The options that belong to this operation and are set; raises :class:`ParameterError` for one too many or few."""
    command = COMMANDS[operation]
    allowed = set(command.options) | ({command.positional} if command.positional else set())
    known = set()
    for one in COMMANDS.values():
        known |= set(one.options) | ({one.positional} if one.positional else set())
    chosen = {name: options[name] for name in sorted(known) if options.get(name) not in (None, [], "")}
    foreign = sorted(set(chosen) - allowed)
    if foreign:
        raise ParameterError(
            f"operation={operation} does not take {', '.join(foreign)}. "
            f"It takes: {', '.join(sorted(allowed)) or 'nothing'}.",
            operation=operation,
        )
    if command.positional and command.positional not in chosen:
        raise ParameterError(f"operation={operation} needs the option '{command.positional}'.", operation=operation)
    return chosen


def key_of(parameters: Parameters) -> Parameters:
    """Those of ``parameters`` that change the result, lists sorted: the part of the idempotency key."""
    return {
        name: sorted(value) if isinstance(value, list) else value
        for name, value in parameters.items()
        if name not in NO_RESULT
    }


def arguments(operation: str, parameters: Parameters, help_page: CommandHelp) -> List[str]:
    """What follows the command's name: ``start`` or the positional, then ``name value`` pairs in this platform's words.

    Raises :class:`DialectError` for a parameter this platform's command does not have.
    """
    command = COMMANDS[operation]
    words = ["start"] if help_page.takes_start else []
    if command.positional:
        words.append(str(parameters[command.positional]))
    for name, spellings in command.options.items():
        if name not in parameters:
            continue
        spelling = help_page.spelling(*spellings)
        if spelling is None:
            has = ", ".join(help_page.parameters or []) or "none"
            raise DialectError(
                f"This platform's {command.command} has no parameter for '{name}'. Leave it out; it has: {has}.",
                parameter=name,
                command=command.command,
            )
        words += [spelling, _value(command.command, name, parameters[name])]
    return words


def _value(command: str, name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        if name == "notifications" and command in _ONE_ADDRESS and len(value) > 1:
            raise ParameterError(f"{command} notifies one address only, 'notifications' has {len(value)}.")
        if any("," in str(one) for one in value):
            raise ParameterError(f"A value of '{name}' holds a comma, which separates values on the command line.")
        return ",".join(str(one) for one in value)
    return str(value)
