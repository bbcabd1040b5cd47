#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Classes of service."""

from __future__ import annotations

from zimsim.model import Entry, attribute_schema, errors
from zimsim.model.entries import DEFAULT_COS_ID
from zimsim.soap.admin.entries import by_id, by_selector, check_wanted, entry_element, wanted
from zimsim.soap.call import Call
from zimsim.soap.element import Element
from zimsim.soap.registry import Registry


def register(registry: Registry) -> None:
    registry.add(create, "CreateCos")
    registry.add(get, "GetCos")
    registry.add(get_all, "GetAllCos")
    registry.add(modify, "ModifyCos")
    registry.add(rename, "RenameCos")
    registry.add(delete, "DeleteCos")


def _answer(call: Call, entry: Entry) -> Element:
    response = call.response()
    response.append(entry_element(call.directory, entry))
    return response


def create(call: Call) -> Element:
    """A new COS starts with the installation's defaults."""
    entry = call.directory.create(
        "cos", call.required("name"), call.attributes(), defaults=attribute_schema.cos_defaults(call.store.product)
    )
    call.journal(entry.name, id=entry.id)
    return _answer(call, entry)


def get(call: Call) -> Element:
    entry = by_selector(call, "cos", "cos")
    names = wanted(call)
    check_wanted(names, "cos")
    response = call.response()
    response.append(entry_element(call.directory, entry, names))
    return response


def get_all(call: Call) -> Element:
    response = call.response()
    response.lazy = (entry_element(call.directory, entry) for entry in call.directory.all("cos"))
    return response


def modify(call: Call) -> Element:
    entry = call.directory.modify(by_id(call, "cos").id, call.attributes())
    call.journal(entry.name, attributes=sorted(call.attributes()))
    return _answer(call, entry)


def rename(call: Call) -> Element:
    old = by_id(call, "cos")
    entry = call.directory.rename(old.id, call.required("newName"))
    call.journal(old.name, new=entry.name)
    return _answer(call, entry)


def delete(call: Call) -> Element:
    """Also while accounts use it: they fall back to the default."""
    entry = by_id(call, "cos")
    if entry.id == DEFAULT_COS_ID:
        raise errors.invalid_request("unable to delete default cos")
    call.directory.delete(entry.id)
    call.journal(entry.name)
    return call.response()
