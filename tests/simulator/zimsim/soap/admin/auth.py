#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Admin AuthRequest, DelegateAuth, GetVersionInfo, NoOp, CheckHealth."""

from __future__ import annotations

from zimsim.model import Entry, errors
from zimsim.soap import logins
from zimsim.soap.admin.entries import by_selector, is_full_admin
from zimsim.soap.call import Call
from zimsim.soap.element import Element
from zimsim.soap.registry import Registry
from zimsim.soap.tokens import ADMIN_LIFETIME_MS, DELEGATED_LIFETIME_MS, Token, Tokens

COOKIE = "ZM_ADMIN_AUTH_TOKEN"
# The directory's own account, with its password in localconfig.
LDAP_USER = "zimbra"


def register(registry: Registry) -> None:
    registry.add(auth, "Auth", without_token=True)
    registry.add(delegate_auth, "DelegateAuth")
    registry.add(version, "GetVersionInfo")
    registry.add(no_op, "NoOp")
    registry.add(check_health, "CheckHealth")


def _tokens(call: Call) -> Tokens:
    return Tokens(call.server.config.token_key, call.directory)


def auth(call: Call) -> Element:
    given = call.request.value("authToken")
    if given:
        token = _tokens(call).read(given)
        _tokens(call).account_of(token)
        return _answer(call, given, token)
    name = call.request.value("name")
    account = call.request.find("account")
    if not name and account is not None:
        name = account.string
    if not name:
        raise errors.invalid_request("missing required element: name")
    entry = _check(call, name, call.request.value("password") or "")
    if not entry.is_admin and entry.first("zimbraIsDelegatedAdminAccount") != "TRUE":
        raise errors.permission_denied("not an admin account")
    text, token = _tokens(call).issue(entry, admin=True, lifetime_ms=ADMIN_LIFETIME_MS)
    call.directory.note_login(entry.id, token.expires, call.server.config.version)
    return _answer(call, text, token)


def _check(call: Call, name: str, password: str) -> Entry:
    config = call.server.config
    if name == LDAP_USER:
        if password != config.ldap_password:
            raise errors.auth_failed(name)
        return call.directory.ldap_admin()
    domain = call.directory.config.first("zimbraDefaultDomainName")
    full = name if "@" in name else f"{name}@{domain}"
    return logins.check(call.directory, full, password)


def _answer(call: Call, text: str, token: Token) -> Element:
    persist = call.request.get("persistAuthTokenCookie") == "1"
    call.session.cookies.append((COOKIE, text, token.lifetime // 1000 if persist else None))
    response = call.response()
    response.add("authToken", text)
    response.content("lifetime", token.lifetime)
    return response


def delegate_auth(call: Call) -> Element:
    """``duration`` in seconds; zero and less give a dead token (R66)."""
    if not is_full_admin(call):
        raise errors.permission_denied(f"need right: adminLoginAs for account {call.selector('account')[1]}")
    entry = by_selector(call, "account", "account")
    duration = call.request.get("duration")
    try:
        lifetime = int(duration) * 1000 if duration else DELEGATED_LIFETIME_MS
    except ValueError:
        raise errors.invalid_request(f"invalid long value '{duration}' for attribute: duration") from None
    admin = call.session.account.id if call.session.account else ""
    text, token = _tokens(call).issue(entry, lifetime_ms=lifetime, delegated_by=admin)
    if token.lifetime > 0:
        call.directory.note_login(entry.id, token.expires, call.server.config.version)
    response = call.response()
    response.add("authToken", text)
    response.content("lifetime", lifetime)
    return response


def version(call: Call) -> Element:
    config = call.server.config
    major, minor, micro = (*config.version.split("."), "0", "0")[:3]
    response = call.response()
    if config.is_carbonio:
        build, release, platform = "202611", "carbonio", "unknown"
        text = f"{config.version}_ZEXTRAS_{build}.FOSS"
    else:
        build, release, platform = "20190917-0000", "20190917000000", "UBUNTU18_64"
        text = f"{config.version}_GA_3869.FOSS"
    response.add(
        "info", None, type="FOSS", version=text, release=release, buildDate=build, host=config.hostname,
        majorversion=major, minorversion=minor, microversion=micro, platform=platform,
    )  # fmt: skip
    return response


def no_op(call: Call) -> Element:
    return call.response()


def check_health(call: Call) -> Element:
    response = call.response()
    response.attrs["healthy"] = True
    return response
