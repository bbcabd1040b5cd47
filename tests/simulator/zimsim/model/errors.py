#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service errors with the platform's own codes and texts (transcripts; real-server.md sections 1 to 5)."""

from __future__ import annotations


class ServiceError(Exception):
    """A refusal in the platform's own words.

    ``code`` is the platform's code (``account.NO_SUCH_ACCOUNT``), ``text`` the reason as SOAP and the command
    programs print it, ``arguments`` the ``<a t= n=>`` details of a SOAP fault. ``sender`` tells soap:Sender from
    soap:Receiver.
    """

    def __init__(
        self, code: str, text: str, *, sender: bool = True, arguments: tuple[tuple[str, str, str], ...] = ()
    ) -> None:
        super().__init__(f"{code} ({text})")
        self.code = code
        self.text = text
        self.sender = sender
        self.arguments = arguments


def invalid_request(text: str) -> ServiceError:
    return ServiceError("service.INVALID_REQUEST", f"invalid request: {text}")


def failure(text: str) -> ServiceError:
    return ServiceError("service.FAILURE", f"system failure: {text}", sender=False)


def permission_denied(text: str) -> ServiceError:
    return ServiceError("service.PERM_DENIED", f"permission denied: {text}")


def unknown_document(name: str) -> ServiceError:
    return ServiceError("service.UNKNOWN_DOCUMENT", f"unknown document: {name}")


def auth_required() -> ServiceError:
    return ServiceError("service.AUTH_REQUIRED", "no valid authtoken present")


def auth_expired() -> ServiceError:
    return ServiceError("service.AUTH_EXPIRED", "auth credentials have expired")


def auth_failed(name: str) -> ServiceError:
    return ServiceError("account.AUTH_FAILED", f"authentication failed for [{name}]")


def maintenance_mode() -> ServiceError:
    return ServiceError("account.MAINTENANCE_MODE", "account is in maintenance mode", sender=False)


def account_inactive(name: str) -> ServiceError:
    return ServiceError("account.ACCOUNT_INACTIVE", f"account is not active:{name}", sender=False)


def parse_error(text: str) -> ServiceError:
    return ServiceError("service.PARSE_ERROR", text)


def wrong_host(host: str) -> ServiceError:
    return ServiceError(
        "service.WRONG_HOST",
        f"operation sent to wrong host (you want '{host}')",
        arguments=(("STR", "host", host),),
    )


def proxy_error(host: str) -> ServiceError:
    text = f"error while proxying request to target server: {host}: Name or service not known"
    return ServiceError("service.PROXY_ERROR", text, sender=False)


_NO_SUCH = {
    "account": ("account.NO_SUCH_ACCOUNT", "no such account: {}"),
    "resource": ("account.NO_SUCH_CALENDAR_RESOURCE", "no such calendar resource: {}"),
    "domain": ("account.NO_SUCH_DOMAIN", "no such domain: {}"),
    "cos": ("account.NO_SUCH_COS", "no such cos: {}"),
    "dl": ("account.NO_SUCH_DISTRIBUTION_LIST", "no such distribution list: {}"),
    "server": ("account.NO_SUCH_SERVER", "no such server: {}"),
    "alias": ("account.NO_SUCH_ALIAS", "no such alias: {}"),
}


def no_such(kind: str, name: str) -> ServiceError:
    """``kind`` is a kind of directory entry, or ``alias``."""
    code, text = _NO_SUCH[kind]
    return ServiceError(code, text.format(name))


def dn_of(address: str) -> str:
    """The LDAP name the platform shows in ACCOUNT_EXISTS: ``uid=x,ou=people,dc=mig,dc=test``."""
    local, _, domain = address.partition("@")
    return f"uid={local},ou=people," + ",".join(f"dc={label}" for label in domain.split("."))


def account_exists(address: str) -> ServiceError:
    return ServiceError("account.ACCOUNT_EXISTS", f"email address already exists: {address}, at DN: {dn_of(address)}")


def address_exists(address: str) -> ServiceError:
    """As renaming says it: without the LDAP name."""
    return ServiceError("account.ACCOUNT_EXISTS", f"email address already exists: {address}")


def list_exists(address: str) -> ServiceError:
    return ServiceError("account.DISTRIBUTION_LIST_EXISTS", f"email address already exists: {address}")


def domain_exists(name: str) -> ServiceError:
    return ServiceError("account.DOMAIN_EXISTS", f"domain already exists: {name}")


def cos_exists(name: str) -> ServiceError:
    return ServiceError("account.COS_EXISTS", f"cos already exists: {name}")


def server_exists(name: str) -> ServiceError:
    return ServiceError("account.SERVER_EXISTS", f"server already exists: {name}")


def domain_not_empty(name: str, remaining: list[str]) -> ServiceError:
    entries = " ".join(f"[{dn_of(address)}]" for address in remaining)
    return ServiceError("account.DOMAIN_NOT_EMPTY", f"domain not empty: {name} (remaining entries: {entries} ...)")


def invalid_attr_value(text: str) -> ServiceError:
    return ServiceError("account.INVALID_ATTR_VALUE", text)


def ldap_invalid_attr_value(text: str) -> ServiceError:
    return ServiceError("ldap.INVALID_ATTR_VALUE", f"invalid attr value - {text}", sender=False)


def non_unique(address: str) -> ServiceError:
    text = f"unable to create entry: ldap host=localhost:389: non-unique attributes found with (|(mail={address}))"
    return ldap_invalid_attr_value(text)


def no_such_folder(identifier: int | str) -> ServiceError:
    """By id, or by path when ``identifier`` is text."""
    if isinstance(identifier, int):
        return ServiceError(
            "mail.NO_SUCH_FOLDER",
            f"no such folder id: {identifier}",
            arguments=(("IID", "itemId", str(identifier)),),
        )
    return ServiceError(
        "mail.NO_SUCH_FOLDER", f"no such folder path: {identifier}", arguments=(("STR", "path", identifier),)
    )


def no_such_item(item_id: int | str, what: str = "item") -> ServiceError:
    """``what`` is ``item`` or ``message``."""
    code = "mail.NO_SUCH_MSG" if what == "message" else "mail.NO_SUCH_ITEM"
    return ServiceError(code, f"no such {what}: {item_id}", arguments=(("IID", "itemId", str(item_id)),))


def no_such_tag(name: str) -> ServiceError:
    return ServiceError("mail.NO_SUCH_TAG", f"no such tag: {name}", arguments=(("STR", "tag", name),))


def already_exists(name: str) -> ServiceError:
    return ServiceError(
        "mail.ALREADY_EXISTS", f"object with that name already exists: {name}", arguments=(("STR", "name", name),)
    )


def document_exists(name: str, folder_id: int, item_id: int, version: int | None) -> ServiceError:
    arguments: tuple[tuple[str, str, str], ...] = (("STR", "name", name), ("IID", "itemId", str(item_id)))
    if version is not None:
        arguments += (("NUM", "ver", str(version)),)
    return ServiceError(
        "mail.ALREADY_EXISTS", f"document already exists: name {name} in folder {folder_id}", arguments=arguments
    )


def invalid_name(name: str) -> ServiceError:
    return ServiceError("mail.INVALID_NAME", f"invalid name: {name}", arguments=(("STR", "name", name),))


def immutable_object(item_id: int) -> ServiceError:
    return ServiceError(
        "mail.IMMUTABLE_OBJECT",
        f"cannot modify immutable object: {item_id}",
        arguments=(("IID", "itemId", str(item_id)),),
    )


def quota_exceeded(limit: int) -> ServiceError:
    return ServiceError(
        "mail.QUOTA_EXCEEDED", f"mailbox exceeded quota of {limit} bytes", arguments=(("NUM", "limit", str(limit)),)
    )


def grant_exists(grantee: str) -> ServiceError:
    return ServiceError("mail.GRANT_EXISTS", f"grantee already exists {grantee}")
