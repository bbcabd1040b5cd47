#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers."""

from __future__ import annotations

from zimsim.soap.admin.entries import by_id, by_selector, check_wanted, entry_element, wanted
from zimsim.soap.call import Call
from zimsim.soap.element import Element
from zimsim.soap.registry import Registry


def register(registry: Registry) -> None:
    registry.add(create, "CreateServer")
    registry.add(get, "GetServer")
    registry.add(get_all, "GetAllServers")
    registry.add(modify, "ModifyServer")


def create(call: Call) -> Element:
    """Another server of the platform: it exists in the directory only."""
    name = call.required("name")
    entry = call.directory.create("server", name, {"zimbraServiceHostname": name, **call.attributes()})
    call.journal(entry.name, id=entry.id)
    response = call.response()
    response.append(entry_element(call.directory, entry))
    return response


def get(call: Call) -> Element:
    entry = by_selector(call, "server", "server")
    names = wanted(call)
    check_wanted(names, "server")
    response = call.response()
    inherited = call.request.get("applyConfig", "1") not in ("0", "false")
    response.append(entry_element(call.directory, entry, names, inherited=inherited))
    return response


def get_all(call: Call) -> Element:
    """``service`` keeps the servers where it is enabled."""
    service = call.request.get("service")
    response = call.response()
    for entry in call.directory.all("server"):
        if not service or service in entry.values("zimbraServiceEnabled"):
            response.append(entry_element(call.directory, entry))
    return response


def modify(call: Call) -> Element:
    entry = call.directory.modify(by_id(call, "server").id, call.attributes())
    call.journal(entry.name, attributes=sorted(call.attributes()))
    response = call.response()
    response.append(entry_element(call.directory, entry))
    return response
