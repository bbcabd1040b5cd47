#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GetTag, CreateTag, TagAction."""

from __future__ import annotations

from zimsim.model import Tag, errors
from zimsim.soap.call import Call
from zimsim.soap.element import Element, Scalar
from zimsim.soap.mail.ids import local_ids
from zimsim.soap.registry import Registry


def register(registry: Registry) -> None:
    registry.add(get_tag, "GetTag")
    registry.add(create_tag, "CreateTag")
    registry.add(tag_action, "TagAction")


def _element(call: Call, tag: Tag) -> Element:
    attrs: dict[str, Scalar] = {"id": call.item_id(tag.id), "name": tag.name}
    if tag.color:
        attrs["color"] = tag.color
    return Element("tag", attrs)


def get_tag(call: Call) -> Element:
    """Tags that came through ``tn=`` are not listed (R72)."""
    response = call.response()
    for tag in call.mailbox().tags():
        response.append(_element(call, tag))
    return response


def create_tag(call: Call) -> Element:
    spec = call.request.find("tag")
    if spec is None:
        raise errors.invalid_request("missing required element: tag")
    tag = call.mailbox().create_tag(spec.get("name"), int(spec.get("color", "0")))
    call.journal(f"{call.target.name}:{tag.name}")
    response = call.response()
    response.append(_element(call, tag))
    return response


def tag_action(call: Call) -> Element:
    action = call.request.find("action")
    if action is None:
        raise errors.invalid_request("missing required element: action")
    if action.get("op") != "delete":
        raise errors.invalid_request(f"unknown operation: {action.get('op')}")
    mailbox = call.mailbox()
    for number in local_ids(action.get("id")):
        mailbox.delete_tag(number)
    call.journal(f"{call.target.name}:{action.get('id')}", op="delete")
    response = call.response()
    response.unique("action", op="delete", id=action.get("id"))
    return response
