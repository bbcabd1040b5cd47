#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calendar resources."""

from __future__ import annotations

from zimsim.model import Entry, errors
from zimsim.soap.admin.entries import by_id, by_selector, check_wanted, entry_element, wanted
from zimsim.soap.call import Call
from zimsim.soap.element import Element
from zimsim.soap.registry import Registry


def register(registry: Registry) -> None:
    registry.add(create, "CreateCalendarResource")
    registry.add(get, "GetCalendarResource")
    registry.add(get_all, "GetAllCalendarResources")
    registry.add(modify, "ModifyCalendarResource")
    registry.add(delete, "DeleteCalendarResource")


def _existing(call: Call) -> Entry:
    entry = by_id(call, "resource")
    if entry.kind != "resource":
        raise errors.no_such("resource", entry.id)
    return entry


def _answer(call: Call, entry: Entry) -> Element:
    response = call.response()
    response.append(entry_element(call.directory, entry))
    return response


def create(call: Call) -> Element:
    attrs = call.attributes()
    given_id = str(attrs.pop("zimbraId", ""))
    password = call.request.value("password") or None
    entry = call.directory.create("resource", call.required("name"), attrs, entry_id=given_id, password=password)
    call.journal(entry.name, id=entry.id)
    return _answer(call, entry)


def get(call: Call) -> Element:
    entry = by_selector(call, "calresource", "resource")
    names = wanted(call)
    check_wanted(names, "calresource")
    response = call.response()
    response.append(entry_element(call.directory, entry, names, inherited=call.request.get("applyCos") != "0"))
    return response


def get_all(call: Call) -> Element:
    domain = call.request.find("domain")
    name = by_selector(call, "domain", "domain").name if domain is not None else ""
    response = call.response()
    response.lazy = (entry_element(call.directory, entry) for entry in call.directory.all("resource", domain=name))
    return response


def modify(call: Call) -> Element:
    entry = call.directory.modify(_existing(call).id, call.attributes())
    call.journal(entry.name, attributes=sorted(call.attributes()))
    return _answer(call, entry)


def delete(call: Call) -> Element:
    entry = _existing(call)
    call.store.mailboxes.delete(entry.id)
    call.directory.delete(entry.id)
    call.journal(entry.name)
    return call.response()
