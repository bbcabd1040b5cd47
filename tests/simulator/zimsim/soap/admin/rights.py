#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GrantRight, RevokeRight, GetGrants: rights on entries, kept in zimbraACE."""

from __future__ import annotations

from zimsim.model import Entry, ServiceError, errors
from zimsim.soap.call import Call
from zimsim.soap.element import Element
from zimsim.soap.registry import Registry

_KINDS = {"usr": "account", "grp": "dl", "dom": "domain", "egp": "dl"}
_RIGHTS = frozenset(
    (
        "sendAs", "sendOnBehalfOf", "sendToDistList", "sendAsDistList", "sendOnBehalfOfDistList", "ownDistList",
        "viewDistList", "viewFreeBusy", "loginAs", "invite", "createAccount", "adminLoginAs", "domainAdminRights",
        "getAccount", "modifyAccount", "listAccount", "adminConsoleRights",
    )
)  # fmt: skip


def register(registry: Registry) -> None:
    registry.add(grant, "GrantRight")
    registry.add(revoke, "RevokeRight")
    registry.add(get_grants, "GetGrants")


def _entry(call: Call, spec: Element) -> Entry:
    kind = spec.get("type")
    kind = _KINDS.get(kind, kind if kind in ("account", "dl", "domain", "cos", "server", "calresource") else "account")
    return call.directory.get("resource" if kind == "calresource" else kind, spec.string)


def _parts(call: Call) -> tuple[Entry, Entry, str, str]:
    target, grantee, right = (call.request.find(name) for name in ("target", "grantee", "right"))
    if target is None or grantee is None or right is None:
        raise errors.invalid_request("missing required element: target")
    if right.string not in _RIGHTS:
        raise ServiceError("account.NO_SUCH_RIGHT", f"no such right: invalid right {right.string}")
    entry = _entry(call, target)
    who = _entry(call, grantee)
    return entry, who, grantee.get("type"), right.string


def grant(call: Call) -> Element:
    """Twice is fine (R31)."""
    entry, who, kind, right = _parts(call)
    call.directory.modify(entry.id, {"+zimbraACE": f"{who.id} {kind} {right}"})
    call.journal(entry.name, grantee=who.name, right=right)
    return call.response()


def revoke(call: Call) -> Element:
    entry, who, kind, right = _parts(call)
    ace = f"{who.id} {kind} {right}"
    if ace not in entry.values("zimbraACE"):
        text = f"[grantee name={who.name}, grantee id={who.id}, grantee type={kind}, right={right}]"
        raise ServiceError("account.NO_SUCH_GRANT", f"no such grant: {text}")
    call.directory.modify(entry.id, {"-zimbraACE": ace})
    call.journal(entry.name, grantee=who.name, right=right)
    return call.response()


def get_grants(call: Call) -> Element:
    target = call.request.find("target")
    if target is None:
        grantee = call.request.find("grantee")
        missing = "element: target" if grantee is None else "attribute: all"
        raise errors.invalid_request(f"missing required {missing}")
    entry = _entry(call, target)
    response = call.response()
    for ace in entry.values("zimbraACE"):
        grantee_id, kind, right = ace.split(" ", 2)
        who = call.directory.by_id(grantee_id)
        element = response.add("grant")
        element.add("target", None, id=entry.id, name=entry.name, type=target.get("type"))
        element.add("grantee", None, id=grantee_id, name=who.name if who else "", type=kind)
        element.add("right", right, deny=False, canDelegate=False, disinheritSubGroups=False, subDomain=False)
    return response
