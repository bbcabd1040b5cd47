#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Auth tokens: signed, with a lifetime, ended by SetPassword and by an account's status (R3 to R5, R66)."""

from __future__ import annotations

import hmac
import secrets
import time
from dataclasses import dataclass

from zimsim.model import Directory, Entry, errors

ADMIN_LIFETIME_MS = 12 * 3600 * 1000
USER_LIFETIME_MS = 48 * 3600 * 1000
DELEGATED_LIFETIME_MS = 3600 * 1000
# Own tokens of these rest until the account is active again; delegated ones go on (R33, R66).
_RESTING = ("locked", "lockout", "closed", "pending")


@dataclass(frozen=True, slots=True)
class Token:
    """``expires`` in ms since 1970. ``delegated_by`` is the admin's id for a DelegateAuth token."""

    account_id: str
    expires: int
    admin: bool = False
    delegated_by: str = ""
    validity: str = ""
    domain_admin: bool = False

    @property
    def lifetime(self) -> int:
        return self.expires - int(time.time() * 1000)


class Tokens:
    """Makes and reads tokens with the server's key."""

    def __init__(self, key: str, directory: Directory) -> None:
        self._key = bytes.fromhex(key)
        self._directory = directory

    def issue(
        self,
        account: Entry,
        *,
        admin: bool = False,
        lifetime_ms: int | None = None,
        delegated_by: str = "",
    ) -> tuple[str, Token]:
        if lifetime_ms is None:
            lifetime_ms = DELEGATED_LIFETIME_MS if delegated_by else ADMIN_LIFETIME_MS if admin else USER_LIFETIME_MS
        token = Token(
            account.id,
            int(time.time() * 1000) + lifetime_ms,
            admin,
            delegated_by,
            account.first("zimbraAuthTokenValidityValue"),
            admin and not account.is_admin,
        )
        fields = {
            "id": token.account_id, "exp": str(token.expires), "admin": "1" if token.admin else "",
            "dlgadmin": "1" if token.domain_admin else "", "adm": delegated_by, "vv": token.validity,
            "type": "zimbra", "tid": str(secrets.randbelow(1 << 31)),
        }  # fmt: skip
        data = "".join(f"{key}={len(value)}:{value};" for key, value in fields.items() if value).encode().hex()
        return f"0_{self._sign(data)}_{data}", token

    def _sign(self, data: str) -> str:
        return hmac.digest(self._key, data.encode(), "sha256").hex()

    def read(self, text: str) -> Token:
        """AUTH_REQUIRED for what was not made here; the account is not looked at."""
        version, _, rest = text.strip().partition("_")
        signature, _, data = rest.partition("_")
        if version != "0" or not hmac.compare_digest(signature, self._sign(data)):
            raise errors.auth_required()
        fields = dict(part.partition("=")[::2] for part in bytes.fromhex(data).decode().split(";") if part)
        values = {key: value.partition(":")[2] for key, value in fields.items()}
        return Token(
            values["id"],
            int(values["exp"]),
            values.get("admin") == "1",
            values.get("adm", ""),
            values.get("vv", ""),
            values.get("dlgadmin") == "1",
        )

    def account_of(self, token: Token) -> Entry:
        """The account a token speaks for; AUTH_EXPIRED when it does so no more."""
        account = self._directory.by_id(token.account_id)
        if account is None or account.first("zimbraAuthTokenValidityValue") != token.validity:
            raise errors.auth_expired()
        status = account.first("zimbraAccountStatus", "active")
        if status == "maintenance" or (status in _RESTING and not token.delegated_by):
            raise errors.auth_expired()
        return account
