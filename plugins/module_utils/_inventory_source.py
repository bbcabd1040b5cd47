# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a mail server is asked for an inventory, and how its answers are read. Everything here reads.

Three answers about one mailbox that know nothing of each other: GetFolder counts the items of a folder (R34),
SyncRequest names their ids (R40), the REST export describes them (R43).
"""

import abc
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Set, Tuple

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import MailopsError
from ansible_collections.mailops.zimbra.plugins.module_utils._inventory_errors import (
    ExportRefused,
    MailboxUnreadable,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._rest import export_path
from ansible_collections.mailops.zimbra.plugins.module_utils._soap import SoapClient
from ansible_collections.mailops.zimbra.plugins.module_utils._soap_envelope import MAIL, Element, node, request
from ansible_collections.mailops.zimbra.plugins.module_utils._soap_errors import SoapFault

# Elements of a sync answer that stand for items, and our name of their type. Conversations are virtual.
SYNC_ITEMS = {
    "m": "message",
    "chat": "chat",
    "cn": "contact",
    "appt": "appointment",
    "task": "task",
    "doc": "document",
    "w": "wiki",
}
_FOLDERS = ("folder", "search", "link")


class Folder(NamedTuple):
    """A folder of the tree. ``items``: GetFolder's count. ``grants``: [type, name or id, rights], sorted."""

    id: int
    path: str
    kind: str
    view: str
    items: int
    grants: List[List[str]]
    target: str


class State(NamedTuple):
    """A sync answer: the mailbox at ``token``, or what changed up to it.

    ``items``: id -> (type, folder id); ``paths``: folder id -> path, of the folders that were in the answer;
    ``changed``: folder id -> seconds since 1970; ``deleted``: ids that are gone.
    """

    token: str
    items: Dict[int, Tuple[str, int]]
    paths: Dict[int, str]
    changed: Dict[int, int]
    deleted: Set[int]


class Mailbox(abc.ABC):
    """One mailbox, as the inventory wants it."""

    @abc.abstractmethod
    def folders(self) -> List[Folder]:
        """Its folders, without the root. Raises :class:`MailboxUnreadable`."""

    @abc.abstractmethod
    def sync(self, token: Optional[str] = None) -> State:
        """Everything, or with ``token`` what changed since. Raises :class:`MailboxUnreadable`."""

    @abc.abstractmethod
    def export(self, path: str, content: bool, ids: Iterable[int] = ()) -> Optional[Any]:
        """Stream of the archive of a folder, or of the items ``ids``; None when the server says there is nothing.

        Raises :class:`ExportRefused`.
        """

    @abc.abstractmethod
    def describe(self, item_id: int) -> Dict[str, Any]:
        """``name`` and ``date`` of an item as far as the server tells them; empty when it does not."""


def plain_id(text: str) -> int:
    """The number of an id that may carry its mailbox: ``uuid:257`` (R41)."""
    digits = text.rpartition(":")[2]
    return int(digits) if digits.isdigit() else 0


def _grants(element: Element) -> List[List[str]]:
    found: List[List[str]] = []
    for grant in element.findall("acl/grant"):
        kind = grant.get("gt", "")
        who = "" if kind in ("pub", "all") else grant.get("d", "") or grant.get("zid", "")
        found.append([kind, who, "".join(sorted(grant.get("perm", "")))])
    return sorted(found)


def _folder(element: Element, path: str) -> Folder:
    target = {"search": element.get("query", ""), "link": element.get("owner", "") or element.get("zid", "")}
    return Folder(
        id=plain_id(element.get("id", "")),
        path=path,
        kind={"folder": "folder", "search": "search"}.get(element.tag, "mountpoint"),
        view=element.get("view", ""),
        items=int(element.get("n") or 0) if element.tag == "folder" else 0,
        grants=_grants(element),
        target=target.get(element.tag, element.get("url", "")),
    )


def read_folders(element: Element, path: str = "") -> List[Folder]:
    """The tree of a GetFolder answer as a list; ``element`` holds the root folder."""
    found = []
    for child in element:
        if child.tag not in _FOLDERS:
            continue
        root = plain_id(child.get("id", "")) in (1, 11)
        inner = "" if root else path + "/" + child.get("name", "")
        if not root:
            found.append(_folder(child, inner))
        if child.tag == "folder":
            found.extend(read_folders(child, inner))
    return found


def read_state(answer: Element) -> State:
    """A SyncResponse, initial or delta."""
    state = State(answer.get("token", ""), {}, {1: "/"}, {}, set())
    deleted = answer.find("deleted")
    if deleted is not None:
        state.deleted.update(plain_id(text) for text in deleted.get("ids", "").split(",") if text)
    _read_level(answer, 0, "", state)
    return state


def _read_level(element: Element, folder: int, path: str, state: State) -> None:
    for child in element:
        kind = SYNC_ITEMS.get(child.tag)
        if kind and child.get("ids"):
            state.items.update((plain_id(text), (kind, folder)) for text in child.get("ids", "").split(","))
        elif kind and child.get("id"):
            state.items[plain_id(child.get("id", ""))] = (kind, plain_id(child.get("l", "")) or folder)
        elif child.tag in _FOLDERS:
            number = plain_id(child.get("id", ""))
            inner = "" if number in (1, 11) else child.get("absFolderPath") or path + "/" + child.get("name", "")
            state.paths[number] = inner or "/"
            state.changed[number] = int(child.get("md") or 0)
            _read_level(child, number, inner, state)


class SoapMailbox(Mailbox):
    """A mailbox behind an admin's SOAP client. ``account``: its address, ``account_id``: its zimbraId."""

    def __init__(self, client: SoapClient, account: str, account_id: str) -> None:
        self._client = client
        self._account = account
        self._account_id = account_id

    def _ask(self, name: str, attributes: Optional[Dict[str, str]] = None, *children: Any) -> Element:
        try:
            return self._client.call(request(MAIL, name, attributes, children), account=self._account_id)
        except SoapFault as fault:
            raise MailboxUnreadable(
                f"The mailbox cannot be read: {fault.reason} ({fault.code}).", code=fault.code
            ) from fault

    def folders(self) -> List[Folder]:
        return read_folders(self._ask("GetFolderRequest", {"needGranteeName": "1"}))

    def sync(self, token: Optional[str] = None) -> State:
        return read_state(self._ask("SyncRequest", {"token": token} if token else {}))

    def export(self, path: str, content: bool, ids: Iterable[int] = ()) -> Optional[Any]:
        reply = self._client.get(export_path(self._account, path, content, ids))
        if reply.status == 204:
            return None
        if reply.status != 200:
            raise ExportRefused(
                f"The export of {path} was refused with HTTP status {reply.status}.", status=reply.status
            )
        return reply.stream

    def describe(self, item_id: int) -> Dict[str, Any]:
        """Neither question reads the blob on a real server, which may be what is missing (R45)."""
        found: Dict[str, Any] = {}
        number = str(item_id)
        for name, child in (
            ("GetItemRequest", node("item", {"id": number})),
            ("GetMsgMetadataRequest", node("m", {"ids": number})),
        ):
            try:
                for element in self._ask(name, None, child):
                    title = element.findtext("su") or element.get("name") or element.get("fileAsStr")
                    found["name"] = found.get("name") or title or ""
                    found["date"] = found.get("date") or int(element.get("d") or 0) // 1000
            except MailopsError:
                # Not an item of that kind, or not to be had: it stays without a name.
                continue
            if found.get("name"):
                break
        return found
