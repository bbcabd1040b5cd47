#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts: create, read, change, rename, delete, aliases, passwords."""

from __future__ import annotations

import secrets

from zimsim.model import Entry, errors
from zimsim.model.types import ItemType
from zimsim.soap.admin.entries import (
    by_id,
    by_selector,
    check_wanted,
    entry_element,
    is_full_admin,
    values_of,
    wanted,
)
from zimsim.soap.call import Call
from zimsim.soap.element import Element
from zimsim.soap.registry import Registry

_NO_NAME = (
    'java.lang.NullPointerException: Cannot invoke "String.toLowerCase()" because the return value of'
    ' "com.zimbra.soap.admin.message.CreateAccountRequest.getName()" is null'
)
_MIN_PASSWORD, _MAX_PASSWORD = 6, 64


def register(registry: Registry) -> None:
    registry.add(create_account, "CreateAccount")
    registry.add(get_account, "GetAccount")
    registry.add(get_account_info, "GetAccountInfo")
    registry.add(get_all_accounts, "GetAllAccounts")
    registry.add(get_all_admins, "GetAllAdminAccounts")
    registry.add(modify_account, "ModifyAccount")
    registry.add(rename_account, "RenameAccount")
    registry.add(delete_account, "DeleteAccount")
    registry.add(add_alias, "AddAccountAlias")
    registry.add(remove_alias, "RemoveAccountAlias")
    registry.add(set_password, "SetPassword")
    registry.add(check_password_strength, "CheckPasswordStrength")
    registry.add(create_gal_sync, "CreateGalSyncAccount")


def _answer(call: Call, entry: Entry) -> Element:
    response = call.response()
    response.append(entry_element(call.directory, entry))
    return response


def create_account(call: Call) -> Element:
    name = call.request.value("name")
    if not name:
        raise errors.failure(_NO_NAME)
    if not is_full_admin(call):
        raise errors.permission_denied(f"need right: createAccount for domain {name.partition('@')[2]}")
    attrs = call.attributes()
    given_id = str(attrs.pop("zimbraId", ""))
    password = call.request.value("password")
    if "userPassword" in attrs:
        password = None  # the hash wins over a clear-text password beside it
    elif password is not None:
        _check_password(password)
    entry = call.directory.create("account", name, attrs, entry_id=given_id, password=password)
    call.journal(entry.name, id=entry.id)
    return _answer(call, entry)


def _check_password(password: str) -> None:
    if len(password) < _MIN_PASSWORD:
        short, name, bound = "short", "zimbraPasswordMinLength", _MIN_PASSWORD
    elif len(password) > _MAX_PASSWORD:
        short, name, bound = "long", "zimbraPasswordMaxLength", _MAX_PASSWORD
    else:
        return
    raise errors.ServiceError(
        "account.INVALID_PASSWORD", f"invalid password: too {short}", arguments=(("NUM", name, str(bound)),)
    )


def get_account(call: Call) -> Element:
    if not is_full_admin(call):
        raise errors.permission_denied(f"can not access account {call.selector('account')[1]}")
    entry = by_selector(call, "account", "account")
    names = wanted(call)
    check_wanted(names, "account")
    if entry.kind == "resource":
        raise errors.invalid_request("account is a calendar resource")
    response = call.response()
    inherited = call.request.get("applyCos", "1") not in ("0", "false")
    response.append(entry_element(call.directory, entry, names, inherited=inherited))
    return response


def get_account_info(call: Call) -> Element:
    entry = by_selector(call, "account", "account")
    config = call.server.config
    response = call.response()
    response.add("name", entry.name)
    values = values_of(call.directory, entry)
    for name in ("zimbraId", "zimbraMailHost", "zimbraAccountStatus"):
        for value in values.get(name, ()):
            response.add("a", value, n=name)
    response.add("a", values.get("zimbraIsExternalVirtualAccount", ["FALSE"])[0], n="zimbraIsExternalVirtualAccount")
    cos = call.directory.cos_of(entry)
    if cos is not None:
        response.add("cos", None, name=cos.name, id=cos.id)
    address, ports = config.address, config.ports
    response.add("soapURL", f"http://{address}:{ports['user_http']}/service/soap/")
    response.add("soapURL", f"https://{address}:{ports['user_https']}/service/soap/")
    response.add("adminSoapURL", f"https://{address}:{ports['admin_https']}/service/admin/soap/")
    response.add("publicMailURL", f"https://{address}:{ports['user_https']}")
    return response


def get_all_accounts(call: Call) -> Element:
    """Of one domain, or of one server, or all."""
    domain = call.request.find("domain")
    name = by_selector(call, "domain", "domain").name if domain is not None else ""
    server = call.request.find("server")
    host = by_selector(call, "server", "server").name if server is not None else ""
    response = call.response()
    response.lazy = (
        entry_element(call.directory, entry)
        for entry in call.directory.all("account", domain=name)
        if not host or entry.first("zimbraMailHost") == host
    )
    return response


def get_all_admins(call: Call) -> Element:
    response = call.response()
    for entry in call.directory.all("account"):
        if entry.is_admin or entry.first("zimbraIsDelegatedAdminAccount") == "TRUE":
            response.append(entry_element(call.directory, entry, wanted(call)))
    return response


def modify_account(call: Call) -> Element:
    entry = call.directory.modify(by_id(call, "account").id, call.attributes())
    call.journal(entry.name, attributes=sorted(call.attributes()))
    return _answer(call, entry)


def rename_account(call: Call) -> Element:
    old = by_id(call, "account")
    entry = call.directory.rename(old.id, call.required("newName"))
    call.journal(old.name, new=entry.name)
    return _answer(call, entry)


def delete_account(call: Call) -> Element:
    entry = by_id(call, "account")
    call.store.mailboxes.delete(entry.id)
    call.directory.delete(entry.id)
    call.journal(entry.name, id=entry.id)
    return call.response()


def add_alias(call: Call) -> Element:
    entry = by_id(call, "account")
    call.directory.add_alias(entry.id, call.required("alias"))
    call.journal(entry.name, alias=call.required("alias"))
    return call.response()


def remove_alias(call: Call) -> Element:
    """An unknown account id is answered as if all were well (R69)."""
    alias = call.required("alias")
    entry = call.directory.by_id(call.required("id"))
    if entry is not None:
        call.directory.remove_alias(entry.id, alias)
        call.journal(entry.name, alias=alias)
    return call.response()


def set_password(call: Call) -> Element:
    """Ignores the policy and says so (R26, R65); an empty password closes the account to logins."""
    entry = by_id(call, "account")
    password = call.request.value("newPassword") or ""
    call.directory.set_password(entry.id, password)
    call.journal(entry.name)
    response = call.response()
    try:
        _check_password(password)
    except errors.ServiceError as problem:
        text = f"Password violation: account={entry.name}, violation={problem.text}.  Password is set successfully."
        response.add("message", text)
    return response


def check_password_strength(call: Call) -> Element:
    by_id(call, "account")
    _check_password(call.request.value("password") or "")
    return call.response()


def create_gal_sync(call: Call) -> Element:
    """An account of the system itself with a contact folder for the address list; the domain knows it by its id."""
    domain = call.directory.get("domain", call.request.get("domain"))
    name, folder = call.selector("account")[1], call.request.get("folder").strip("/") or "_zimbra"
    entry = call.directory.find("account", name)
    if entry is None:
        attrs = {"zimbraIsSystemResource": "TRUE", "zimbraHideInGal": "TRUE"}
        entry = call.directory.create("account", name, attrs, password=secrets.token_urlsafe(24))
    mailbox = call.store.mailboxes.open(entry.id)
    try:
        mailbox.folder_by_path(folder)
    except errors.ServiceError:
        mailbox.create_folder(folder, view=ItemType.CONTACT)
    known = domain.values("zimbraGalAccountId")
    if entry.id not in known:
        call.directory.modify(domain.id, {"zimbraGalAccountId": [*known, entry.id]})
    call.journal(entry.name, id=entry.id)
    response = call.response()
    response.add("account", None, name=entry.name, id=entry.id)
    return response
