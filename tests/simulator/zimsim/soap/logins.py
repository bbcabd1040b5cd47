#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checking a name and a password against the directory (R3, R33)."""

from __future__ import annotations

from zimsim.model import Directory, Entry, errors

# Own logins; lockout lets the right password through (R33).
_REFUSED = ("closed", "locked", "pending")


def check(directory: Directory, name: str, password: str) -> Entry:
    """The account; AUTH_FAILED for unknown and wrong alike, MAINTENANCE_MODE for that status."""
    account = directory.find("account", name)
    if account is None or not password or not directory.password_matches(account, password):
        raise errors.auth_failed(name)
    status = directory.status(account)
    if status == "maintenance":
        raise errors.maintenance_mode()
    if status in _REFUSED:
        raise errors.auth_failed(name)
    return account
