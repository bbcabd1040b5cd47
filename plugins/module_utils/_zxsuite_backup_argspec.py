# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of ``zxsuite_backup``: the module checks all of them, its action plugin those it uses."""

from typing import Any, Dict

from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_argspec import platform_spec
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_arguments import COMMANDS

_SWITCHES = (
    "filter_deleted", "skip_system_accounts", "skip_aliases", "skip_distribution_lists", "skip_coses",
    "skip_account_provisioning", "skip_domain_provisioning", "provisioning_only", "restore_datasource",
    "force_as_external_restore", "deep", "remote_metadata_upload", "create_fake_blob", "skip_items",
    "check_zimbra", "fix_backup",
)  # fmt: skip
_NUMBERS = ("concurrent_accounts", "max_file_size", "read_error_threshold", "space_threshold")
_LISTS = ("accounts", "domains", "cos", "notifications")
_PATHS = ("path", "map_file", "input_file")


def backup_spec() -> Dict[str, Any]:
    """The whole argument spec."""
    spec: Dict[str, Any] = {
        "operation": {"type": "str", "required": True, "choices": list(COMMANDS)},
        "account": {"type": "str"},
        "blobs_archive": {"type": "str"},
        "fix_double_gzip": {"type": "str", "choices": ["skip", "check", "fix"]},
    }
    spec.update({name: {"type": "bool"} for name in _SWITCHES})
    spec.update({name: {"type": "int"} for name in _NUMBERS})
    spec.update({name: {"type": "list", "elements": "str"} for name in _LISTS})
    spec.update({name: {"type": "path"} for name in _PATHS})
    spec.update(loop_spec())
    spec.update(
        operation_id={"type": "str"},
        attach={"type": "bool", "default": True},
        adopt_age={"type": "float"},
        known_operations={"type": "list", "elements": "str", "default": []},
        watch={"type": "float", "default": 3.0},
    )
    spec.update(platform_spec())
    return spec


def loop_spec() -> Dict[str, Any]:
    """The options the action plugin acts on."""
    return {
        "unit": {"type": "str"},
        "pass": {"type": "int", "no_log": False},
        "ledger": {"type": "path"},
        "ledger_host": {"type": "str"},
        "timeout": {"type": "int", "default": 86400},
        "poll_interval": {"type": "float", "default": 5.0},
    }
