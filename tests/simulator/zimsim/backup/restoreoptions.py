# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What doExternalRestore was asked to do."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class RestoreOptions:
    """Defaults are the platform's. `accounts` are names or ids in the order they are to be imported."""

    accounts: list[str] = field(default_factory=list)
    domains: list[str] = field(default_factory=list)
    filter_deleted: bool = True
    skip_system_accounts: bool = True
    skip_aliases: bool = False
    skip_distribution_lists: bool = False
    skip_coses: bool = False
    skip_account_provisioning: bool = False
    skip_domain_provisioning: bool = False
    provisioning_only: bool = False
    max_file_bytes: int | None = None
    validate_messages: bool = True
    max_line_length: int = 10240
