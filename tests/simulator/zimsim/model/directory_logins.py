#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Status, logins and passwords of accounts."""

from __future__ import annotations

import secrets
import time

from zimsim.model import attributes, errors, passwords
from zimsim.model.directory_reading import DirectoryReading
from zimsim.model.entries import Attributes, Entry

_KEPT_TOKENS = 20


class DirectoryLogins(DirectoryReading):
    def _store(self, entry: Entry, values: Attributes) -> Entry:
        raise NotImplementedError

    def status(self, account: Entry) -> str:
        """The account's status as its domain's status lets it be; admins are exempt."""
        own = account.first("zimbraAccountStatus", "active")
        domain = self.find("domain", account.domain)
        above = domain.first("zimbraDomainStatus", "active") if domain is not None else "active"
        if above == "active" or account.is_admin:
            return own
        if above == "closed":
            return "closed"
        if above == "locked":
            return own if own in ("maintenance", "pending", "closed") else "locked"
        return own if own in ("pending", "closed") else "maintenance"

    def ldap_admin(self) -> Entry:
        """Whom the directory's own login (``zimbra`` with the localconfig password) acts as: the first admin."""
        for account in self.all("account"):
            if account.is_admin and account.first("zimbraAccountStatus") == "active":
                return account
        raise errors.auth_failed("zimbra")

    def note_login(self, account_id: str, expires: int, version: str) -> None:
        """Every login leaves a value (R21); those that have expired go."""
        entry = self._existing(account_id)
        now = int(time.time() * 1000)
        values = dict(entry.attrs)
        kept = [each for each in values.get("zimbraAuthTokens", ()) if int(each.split("|")[1]) > now]
        values["zimbraAuthTokens"] = [*kept[-_KEPT_TOKENS:], f"{secrets.randbelow(1 << 31)}|{expires}|{version}"]
        values["zimbraLastLogonTimestamp"] = [attributes.timestamp()]
        self._store(entry, values)

    def end_tokens(self, account_id: str) -> None:
        """Every token of the account ends, delegated ones too (R4)."""
        entry = self._existing(account_id)
        values = dict(entry.attrs)
        values["zimbraAuthTokenValidityValue"] = [str(int(entry.first("zimbraAuthTokenValidityValue", "0")) + 1)]
        values.pop("zimbraAuthTokens", None)
        self._store(entry, values)

    def set_password(self, entry_id: str, password: str) -> None:
        """Ends every token of the account (R4)."""
        entry = self._existing(entry_id)
        values = dict(entry.attrs)
        values["userPassword"] = [passwords.hashed(password)]
        values["zimbraPasswordModifiedTime"] = [attributes.timestamp()]
        self._store(entry, values)
        self.end_tokens(entry_id)

    def password_matches(self, account: Entry, password: str) -> bool:
        return any(passwords.matches(stored, password) for stored in account.values("userPassword"))
