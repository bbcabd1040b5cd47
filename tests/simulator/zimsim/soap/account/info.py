#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GetInfo, GetAccountInfo, GetPrefs: what a user's client asks first."""

from __future__ import annotations

import hashlib

from zimsim.model.types import INBOX
from zimsim.soap.call import Call
from zimsim.soap.element import Element
from zimsim.soap.registry import Registry


def register(registry: Registry) -> None:
    registry.add(get_info, "GetInfo")
    registry.add(get_account_info, "GetAccountInfo")
    registry.add(get_prefs, "GetPrefs")


def get_info(call: Call) -> Element:
    config, account, mailbox = call.server.config, call.target, call.mailbox()
    base = f"https://{config.address}:{config.ports['user_https']}"
    sections = [each for each in call.request.get("sections").split(",") if each]
    response = call.response()
    response.attrs.update(docSizeLimit=10485760, attSizeLimit=10240000)
    response.content("version", config.version)
    response.content("id", account.id)
    response.content("name", account.name)
    if call.session.token is not None:
        response.content(
            "crumb",
            hashlib.md5(f"{account.id} {call.session.token.expires}".encode(), usedforsecurity=False).hexdigest(),
        )
    token = call.session.token
    if token is not None:
        response.content("lifetime", token.lifetime)
        if token.delegated_by:
            response.content("adminDelegated", True)
    response.content("rest", f"{base}/home/{account.name}")
    response.content("used", mailbox.size)
    response.content("isTrackingIMAP", False)
    response.content("prevSession", 0)
    response.content("accessed", 0)
    response.content("recent", mailbox.folder(INBOX).unread)
    cos = call.directory.cos_of(account)
    if cos is not None:
        response.unique("cos", None, name=cos.name, id=cos.id)
    effective = call.directory.effective(account)
    if not sections or "prefs" in sections:
        prefs = response.unique("prefs")
        for name in sorted(each for each in effective if each.startswith(("zimbraPref", "carbonioPref"))):
            for value in effective[name]:
                prefs.add("pref", value, name=name)
    if not sections or "attrs" in sections:
        attrs = response.unique("attrs")
        for name in ("zimbraMailQuota", "zimbraId", "displayName", "zimbraAccountStatus", "zimbraMailHost"):
            for value in effective.get(name, ()):
                attrs.add("attr", value, name=name)
    response.add("soapURL", f"{base}/service/soap/")
    response.content("publicURL", base)
    if config.is_carbonio:
        response.content("pasteitcleanedEnabled", False)
    return response


def get_account_info(call: Call) -> Element:
    config = call.server.config
    found = call.directory.get("account", call.selector("account")[1])
    base = f"https://{config.address}:{config.ports['user_https']}"
    response = call.response()
    response.content("name", found.name)
    response.add("attr", found.id, name="zimbraId")
    response.add("attr", found.first("zimbraMailHost"), name="zimbraMailHost")
    response.content("soapURL", f"{base}/service/soap/")
    response.content("publicURL", base)
    return response


def get_prefs(call: Call) -> Element:
    response = call.response()
    effective = call.directory.effective(call.target)
    wanted = {each.get("name") for each in call.request.all("pref")}
    for name in sorted(each for each in effective if each.startswith(("zimbraPref", "carbonioPref"))):
        if not wanted or name in wanted:
            for value in effective[name]:
                response.add("pref", value, name=name)
    return response
