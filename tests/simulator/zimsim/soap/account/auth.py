#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AuthRequest and EndSession of users."""

from __future__ import annotations

from zimsim.model import errors
from zimsim.soap import logins
from zimsim.soap.call import Call
from zimsim.soap.element import Element
from zimsim.soap.registry import Registry
from zimsim.soap.tokens import USER_LIFETIME_MS, Tokens

COOKIE = "ZM_AUTH_TOKEN"


def register(registry: Registry) -> None:
    registry.add(auth, "Auth", without_token=True)
    registry.add(end_session, "EndSession")


def auth(call: Call) -> Element:
    tokens = Tokens(call.server.config.token_key, call.directory)
    given = call.request.value("authToken")
    if given:
        token = tokens.read(given)
        tokens.account_of(token)
        return _answer(call, given, token.lifetime)
    account = call.request.find("account")
    if account is None:
        raise errors.invalid_request("missing required element: account")
    entry = logins.check(call.directory, account.string, call.request.value("password") or "")
    text, token = tokens.issue(entry, lifetime_ms=USER_LIFETIME_MS)
    call.directory.note_login(entry.id, token.expires, call.server.config.version)
    return _answer(call, text, token.lifetime)


def _answer(call: Call, text: str, lifetime: int) -> Element:
    persist = call.request.get("persistAuthTokenCookie") == "1"
    call.session.cookies.append((COOKIE, text, lifetime // 1000 if persist else None))
    response = call.response()
    response.add("authToken", text)
    response.content("lifetime", lifetime)
    return response


def end_session(call: Call) -> Element:
    """On Zimbra the token lives on (Z1), on Carbonio it ends with ``logoff``."""
    if call.request.get("logoff") == "1":
        call.session.cookies.append((COOKIE, "", 0))
        if call.server.config.is_carbonio and call.session.account is not None:
            call.directory.end_tokens(call.session.account.id)
    return call.response()
