#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Distribution lists: create, read, members, aliases."""

from __future__ import annotations

from zimsim.model import Entry, errors
from zimsim.soap.admin.entries import by_id, by_selector, check_wanted, entry_element, wanted
from zimsim.soap.call import Call
from zimsim.soap.element import Element
from zimsim.soap.registry import Registry


def register(registry: Registry) -> None:
    registry.add(create, "CreateDistributionList")
    registry.add(get, "GetDistributionList")
    registry.add(get_all, "GetAllDistributionLists")
    registry.add(modify, "ModifyDistributionList")
    registry.add(rename, "RenameDistributionList")
    registry.add(delete, "DeleteDistributionList")
    registry.add(add_members, "AddDistributionListMember")
    registry.add(remove_members, "RemoveDistributionListMember")
    registry.add(add_alias, "AddDistributionListAlias")
    registry.add(remove_alias, "RemoveDistributionListAlias")
    registry.add(membership, "GetAccountMembership", "GetDistributionListMembership")


def _answer(call: Call, entry: Entry, *, members: bool = False) -> Element:
    response = call.response()
    element = response.append(entry_element(call.directory, entry))
    if members:
        for member in call.directory.members(entry.id):
            element.add("dlm", member)
    return response


def create(call: Call) -> Element:
    """A given zimbraId is silently another one (R23)."""
    attrs = call.attributes()
    attrs.pop("zimbraId", None)
    if call.request.get("dynamic") in ("1", "true"):
        attrs["objectClass"] = ["groupOfURLs", "dgIdentityAux", "zimbraGroup"]
    entry = call.directory.create("dl", call.required("name"), attrs)
    call.journal(entry.name, id=entry.id)
    return _answer(call, entry)


def get(call: Call) -> Element:
    """Past the end is a fault (R71)."""
    entry = by_selector(call, "dl", "dl")
    names = wanted(call)
    check_wanted(names, "dl")
    members = call.directory.members(entry.id)
    offset, limit = int(call.request.get("offset", "0")), int(call.request.get("limit", "0"))
    if offset > 0 and offset >= len(members):
        raise errors.invalid_request(f"offset {offset} greater than size {len(members)}")
    if call.request.get("sortAscending") == "0":
        members.reverse()
    page = members[offset : offset + limit] if limit else members[offset:]
    response = call.response()
    response.attrs.update(total=len(members), more=offset + len(page) < len(members))
    element = response.append(entry_element(call.directory, entry, names))
    for member in page:
        element.add("dlm", member)
    return response


def get_all(call: Call) -> Element:
    """Without members (R30)."""
    domain = call.request.find("domain")
    name = by_selector(call, "domain", "domain").name if domain is not None else ""
    response = call.response()
    response.lazy = (entry_element(call.directory, entry) for entry in call.directory.all("dl", domain=name))
    return response


def modify(call: Call) -> Element:
    entry = call.directory.modify(by_id(call, "dl").id, call.attributes())
    call.journal(entry.name, attributes=sorted(call.attributes()))
    return _answer(call, entry)


def rename(call: Call) -> Element:
    old = by_id(call, "dl")
    entry = call.directory.rename(old.id, call.required("newName"))
    call.journal(old.name, new=entry.name)
    return _answer(call, entry)


def delete(call: Call) -> Element:
    entry = by_id(call, "dl")
    call.directory.delete(entry.id)
    call.journal(entry.name)
    return call.response()


def _members(call: Call) -> list[str]:
    return [child.string for child in call.request.all("dlm")]


def add_members(call: Call) -> Element:
    entry = by_id(call, "dl")
    call.directory.add_members(entry.id, _members(call))
    call.journal(entry.name, members=_members(call))
    return call.response()


def remove_members(call: Call) -> Element:
    entry = by_id(call, "dl")
    call.directory.remove_members(entry.id, _members(call))
    call.journal(entry.name, members=_members(call))
    return call.response()


def add_alias(call: Call) -> Element:
    entry = by_id(call, "dl")
    call.directory.add_alias(entry.id, call.required("alias"))
    call.journal(entry.name, alias=call.required("alias"))
    return call.response()


def remove_alias(call: Call) -> Element:
    entry = by_id(call, "dl")
    call.directory.remove_alias(entry.id, call.required("alias"))
    call.journal(entry.name, alias=call.required("alias"))
    return call.response()


def membership(call: Call) -> Element:
    """Direct lists first, then those that hold them, marked with ``via``."""
    what = "account" if call.request.name == "GetAccountMembershipRequest" else "dl"
    entry = by_selector(call, what, what)
    response = call.response()
    seen: set[str] = set()
    todo = [(entry.name, "")]
    while todo:
        address, via = todo.pop(0)
        for found in call.directory.lists_of(address):
            if found.id not in seen:
                seen.add(found.id)
                element = response.append(entry_element(call.directory, found))
                if via:
                    element.attrs["via"] = via
                todo.append((found.name, found.name))
    return response
