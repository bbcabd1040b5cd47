#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Domains."""

from __future__ import annotations

from zimsim.model import Entry, ServiceError, errors
from zimsim.soap.admin.entries import by_id, by_selector, check_wanted, entry_element, is_full_admin, wanted
from zimsim.soap.call import Call
from zimsim.soap.element import Element
from zimsim.soap.registry import Registry


def register(registry: Registry) -> None:
    registry.add(create, "CreateDomain")
    registry.add(get, "GetDomain")
    registry.add(get_info, "GetDomainInfo")
    registry.add(get_all, "GetAllDomains")
    registry.add(modify, "ModifyDomain")
    registry.add(modify_status, "ModifyDomainStatus")
    registry.add(delete, "DeleteDomain")
    registry.add(count_accounts, "CountAccount")


def _answer(call: Call, entry: Entry) -> Element:
    response = call.response()
    response.append(entry_element(call.directory, entry))
    return response


def create(call: Call) -> Element:
    name, attrs = call.required("name"), call.attributes()
    if "zimbraId" in attrs:
        raise errors.failure(f"unable to create domain: {name}")
    entry = call.directory.create("domain", name, attrs)
    call.journal(entry.name, id=entry.id)
    return _answer(call, entry)


def get(call: Call) -> Element:
    entry = by_selector(call, "domain", "domain")
    names = wanted(call)
    check_wanted(names, "domain")
    response = call.response()
    inherited = call.request.get("applyConfig", "1") not in ("0", "false")
    response.append(entry_element(call.directory, entry, names, inherited=inherited))
    return response


def get_info(call: Call) -> Element:
    entry = by_selector(call, "domain", "domain")
    response = call.response()
    names = ["zimbraId", "zimbraDomainName", "zimbraDomainType", "zimbraDomainStatus"]
    response.append(entry_element(call.directory, entry, names))
    return response


def get_all(call: Call) -> Element:
    """A delegated admin without rights sees an empty list, not a fault (R8)."""
    response = call.response()
    if is_full_admin(call):
        response.lazy = (entry_element(call.directory, entry) for entry in call.directory.all("domain"))
    return response


def modify(call: Call) -> Element:
    entry = call.directory.modify(by_id(call, "domain").id, call.attributes())
    call.journal(entry.name, attributes=sorted(call.attributes()))
    return _answer(call, entry)


def modify_status(call: Call) -> Element:
    entry = call.directory.modify(by_id(call, "domain").id, {"zimbraDomainStatus": call.required("status")})
    call.journal(entry.name, status=call.required("status"))
    return _answer(call, entry)


def delete(call: Call) -> Element:
    entry = by_id(call, "domain")
    before = {each.name for each in call.directory.all("domain")}
    try:
        call.directory.delete(entry.id)
    except ServiceError:
        # The empty alias domains are gone already (R28): that is a change too.
        for name in sorted(before - {each.name for each in call.directory.all("domain")}):
            call.journal(name)
        raise
    call.journal(entry.name, id=entry.id)
    return call.response()


def count_accounts(call: Call) -> Element:
    entry = by_selector(call, "domain", "domain")
    counts: dict[str, tuple[str, int]] = {}
    for account in call.directory.all("account", domain=entry.name):
        cos = call.directory.cos_of(account)
        if cos is not None and not account.is_system:
            name, number = counts.get(cos.id, (cos.name, 0))
            counts[cos.id] = (name, number + 1)
    response = call.response()
    for cos_id, (name, number) in counts.items():
        response.add("cos", number, id=cos_id, name=name)
    return response
