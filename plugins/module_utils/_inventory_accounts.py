# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which accounts a server has, and which of them ever had a mailbox.

Reading the folders of an account that never had a mailbox makes one, as GetMailbox does (R32). GetAllMailboxes lists
those that exist, so the others are left alone. Where it cannot be asked, quota use above zero proves a mailbox.
"""

import collections
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Set

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import ParameterError, ParseError
from ansible_collections.mailops.zimbra.plugins.module_utils._soap import SoapClient
from ansible_collections.mailops.zimbra.plugins.module_utils._soap_envelope import (
    ADMIN,
    Element,
    attributes_of,
    node,
    request,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._soap_errors import SoapFault

_ATTRIBUTES = ("zimbraMailHost", "zimbraAccountStatus", "zimbraIsSystemResource", "zimbraIsSystemAccount")
_TYPES = "accounts,resources"


class Account(NamedTuple):
    """An account or calendar resource. ``mailbox``: whether it has one; None when nobody can tell."""

    name: str
    id: str
    status: str
    host: str
    system: bool
    mailbox: Optional[bool]


class Wanted(NamedTuple):
    """Which accounts are listed. Empty ``domains`` and ``accounts`` mean all; ``host`` None: of every mailstore."""

    domains: Sequence[str] = ()
    accounts: Sequence[str] = ()
    host: Optional[str] = None
    skip_system: bool = False


def _search(client: SoapClient, attributes: Dict[str, str]) -> Any:
    base = {"types": _TYPES, "applyCos": "0", "attrs": ",".join(_ATTRIBUTES)}
    return client.stream(request(ADMIN, "SearchDirectoryRequest", dict(base, **attributes), [node("query")]))


def _account(element: Element) -> Account:
    attributes = attributes_of(element)

    def first(name: str) -> str:
        return (attributes.get(name) or [""])[0]

    return Account(
        name=element.get("name", "").lower(),
        id=element.get("id", ""),
        status=first("zimbraAccountStatus") or "active",
        host=first("zimbraMailHost"),
        system="TRUE" in (first("zimbraIsSystemResource"), first("zimbraIsSystemAccount")),
        mailbox=None,
    )


def _all_accounts(client: SoapClient) -> List[Account]:
    """Everybody, without a limit: paging is not reliable (R70, Z2). The number is checked with a second question."""
    counted = _search(client, {"countOnly": "1"})
    expected = counted.attributes.get("num", "")
    collections.deque(counted, maxlen=0)
    accounts = [_account(element) for element in _search(client, {}) if element.tag in ("account", "calresource")]
    if not expected.isdigit() or len(accounts) < int(expected):
        raise ParseError(
            f"The directory counts {expected or 'no'} accounts and lists {len(accounts)}. Run the task again; if it "
            "stays so, the admin account lacks the right to see them all.",
            counted=expected,
            listed=len(accounts),
        )
    if not accounts:
        raise ParseError(
            "The directory shows no account at all. An administrator without the right to see them gets an empty list, "
            "not an error: use a global administrator."
        )
    return accounts


def existing_mailboxes(client: SoapClient) -> Optional[Set[str]]:
    """Ids of the accounts that have a mailbox here; None when the server does not answer the question."""
    found: Set[str] = set()
    offset = 0
    while True:
        body = request(ADMIN, "GetAllMailboxesRequest", {"offset": str(offset)} if offset else {})
        try:
            answer = client.stream(body)
            more = answer.attributes.get("more") == "1"
            page = [element.get("accountId", "") for element in answer if element.tag == "mbox"]
        except SoapFault:
            return None
        found.update(page)
        offset += len(page)
        if not more or not page:
            return found


def _used(client: SoapClient) -> Set[str]:
    body = request(ADMIN, "GetQuotaUsageRequest", {"limit": "0"})
    return {one.get("id", "") for one in client.stream(body) if one.tag == "account" and one.get("used", "0") != "0"}


def _known(accounts: List[Account], client: SoapClient) -> List[Account]:
    mailboxes = existing_mailboxes(client)
    if mailboxes is not None:
        return [account._replace(mailbox=account.id in mailboxes) for account in accounts]
    used = _used(client)
    return [account._replace(mailbox=True if account.id in used else None) for account in accounts]


def find_accounts(client: SoapClient, wanted: Wanted) -> List[Account]:
    """The accounts that are wanted, by address. Raises :class:`ParameterError` for a name nobody has."""
    everybody = _all_accounts(client)
    names = {name.lower() for name in wanted.accounts}
    domains = {name.lower() for name in wanted.domains}
    unknown = sorted(names - {account.name for account in everybody})
    if unknown:
        raise ParameterError("accounts: the directory does not know {}.".format(", ".join(unknown)), unknown=unknown)
    chosen = [
        account
        for account in everybody
        if (not names or account.name in names)
        and (not domains or account.name.rpartition("@")[2] in domains)
        and (not wanted.host or not account.host or account.host.lower() == wanted.host.lower())
        and not (wanted.skip_system and account.system)
    ]
    if not chosen:
        hosts = sorted({account.host for account in everybody})
        raise ParameterError(
            "None of the {} accounts of the directory fits what was asked for (mail_host {}, domains {}). "
            "They live on: {}.".format(
                len(everybody), wanted.host or "any", ", ".join(sorted(domains)) or "all", ", ".join(hosts) or "no host"
            ),
            hosts=hosts,
        )
    return sorted(_known(chosen, client))
