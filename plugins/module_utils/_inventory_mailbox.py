# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory of one mailbox, proven against itself.

An export answers 200 when it ended early, 204 when it lost its way, and leaves items out without a word (R42-R46). So
what it lists is compared with the ids of a SyncRequest, and those with the counts of GetFolder. Only when all three
agree the account is ``complete``; else it is ``incomplete``, and what is missing is named.

Mail may arrive meanwhile: the sync token of the beginning tells afterwards what changed, and that is listed again.
"""

from typing import Any, Callable, Dict, Iterable, List, NamedTuple, Optional, Set, Tuple

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import MailopsError
from ansible_collections.mailops.zimbra.plugins.module_utils._inventory import (
    COMPLETE,
    FOLDER,
    INCOMPLETE,
    item_record,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._inventory_errors import ArchiveTruncated
from ansible_collections.mailops.zimbra.plugins.module_utils._inventory_source import (
    SYNC_ITEMS,
    Folder,
    Mailbox,
    State,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._meta import CONTAINERS
from ansible_collections.mailops.zimbra.plugins.module_utils._rest import list_archive
from ansible_collections.mailops.zimbra.plugins.module_utils._soap_errors import SoapTransportError

# How often counts and ids are read until they agree, an export is tried, and changes are followed.
_READS = 4
_EXPORTS = 2
_ROUNDS = 4
# Ids in one request by list=: about 3,500 bytes of URL (R44: 7,000 are fine, 11,000 are not).
_LISTED = 400
# Missing items that are looked up to be named, and that are named at all.
_DESCRIBED = 50
_NAMED = 500
# System folders whose content an export of the root leaves out on Zimbra (Z3): Trash and Junk.
_APART = (3, 4)

Record = Dict[str, Any]


class Sink(NamedTuple):
    """Where records go. ``supersede`` forgets what was said about an item id."""

    add: Callable[[Record], None]
    supersede: Callable[[str, int], None]


class MailboxInventory:
    """Lists one mailbox into a sink and keeps the account of what it saw."""

    def __init__(self, mailbox: Mailbox, account: str, sink: Sink, content: bool = True) -> None:
        self._mailbox = mailbox
        self._account = account
        self._sink = sink
        self._content = content
        self._expected: Dict[int, Tuple[str, int]] = {}
        self._paths: Dict[int, str] = {}
        self._listed: Dict[int, Tuple[str, int]] = {}
        self._revisions: Dict[int, Set[int]] = {}
        self.problems: List[Record] = []

    def take(self) -> Dict[str, Any]:
        """List it. Returns ``state``, ``problems``, ``counts`` {type: number}, ``items``, ``bytes``, ``folders``."""
        folders: List[Folder] = []
        try:
            folders, state = self._counted()
        except MailopsError as error:
            self._problem(error.message)
        else:
            self._expected = state.items
            self._paths.update(state.paths)
            self._paths.update({folder.id: folder.path for folder in folders})
            for folder in folders:
                self._sink.add(self._folder_record(folder, state))
            try:
                self._list(folders)
                self._follow(state.token)
            except MailopsError as error:
                self._problem(error.message)
            self._compare()
        counts: Dict[str, int] = {}
        for kind, _size in self._listed.values():
            counts[kind] = counts.get(kind, 0) + 1
        return {
            "state": INCOMPLETE if self.problems else COMPLETE,
            "problems": self.problems,
            "counts": counts,
            "items": len(self._listed),
            "bytes": sum(size for _kind, size in self._listed.values()),
            "folders": len(folders),
        }

    def _problem(self, what: str, **named: Any) -> None:
        self.problems.append(dict(named, what=what))

    def _folder_record(self, folder: Folder, state: State) -> Record:
        return {
            "record": FOLDER,
            "account": self._account,
            "path": folder.path,
            "id": folder.id,
            "kind": folder.kind,
            "view": folder.view,
            "items": folder.items,
            "grants": folder.grants,
            "target": folder.target,
            "changed": state.changed.get(folder.id, 0),
        }

    # counts and ids --------------------------------------------------------------------------------------------------

    def _counted(self) -> Tuple[List[Folder], State]:
        """Folders and ids that agree. Mail that arrives between the two questions is waited for."""
        for last in [False] * (_READS - 1) + [True]:
            folders = self._mailbox.folders()
            state = self._mailbox.sync()
            ids: Dict[int, int] = {}
            for _kind, number in state.items.values():
                ids[number] = ids.get(number, 0) + 1
            wrong = [folder for folder in folders if folder.items != ids.get(folder.id, 0)]
            if last or not wrong:
                break
        for folder in wrong:
            self._problem(
                f"GetFolder counts {folder.items} items in {folder.path}, SyncRequest names {ids.get(folder.id, 0)}",
                folder=folder.path,
            )
        return folders, state

    # listing ---------------------------------------------------------------------------------------------------------

    def _list(self, folders: Iterable[Folder]) -> None:
        if not self._expected:
            return
        self._export("/")
        apart = {folder.id: folder.path for folder in folders if folder.id in _APART}
        for path in apart.values():
            inside = [number for number, name in self._paths.items() if name == path or name.startswith(path + "/")]
            if any(place[1] in inside for item, place in self._expected.items() if item not in self._listed):
                self._export(path)

    def _export(self, path: str) -> None:
        """Export one folder and all below it; an archive that broke off is asked for once more."""
        for last in [False] * (_EXPORTS - 1) + [True]:
            try:
                stream = self._mailbox.export(path, self._content)
                if stream is not None:
                    self._take(stream)
                elif path == "/":
                    self._problem("The export came back empty (HTTP 204), although the mailbox names items.")
                return
            except (ArchiveTruncated, SoapTransportError):
                if last:
                    raise

    def _take(self, stream: Any) -> Set[int]:
        """Read an archive; ids that were listed before are passed over. Returns the ids that are in it."""
        seen: Set[int] = set()
        for listed in list_archive(stream, self._content):
            meta = listed.meta
            if meta.type in CONTAINERS:
                continue
            seen.add(meta.id)
            # An export that is tried again repeats everything; the revisions of a document share its id.
            if meta.type == "document":
                revisions = self._revisions.setdefault(meta.id, set())
                if meta.revision in revisions:
                    continue
                revisions.add(meta.revision)
            elif meta.id in self._listed:
                continue
            if meta.id not in self._listed or meta.current:
                self._listed[meta.id] = (meta.type, meta.size)
            folder = self._paths.get(meta.folder_id, meta.path)
            self._sink.add(item_record(self._account, folder, listed))
        return seen

    # changes while listing -------------------------------------------------------------------------------------------

    def _follow(self, token: str) -> None:
        """List again what changed since ``token``, until nothing does.

        A mailbox that never rests is listed as it was at the last question: what is newer is not part of it.
        """
        for _round in range(_ROUNDS):
            delta = self._changes(token)
            if not delta.items and not delta.deleted:
                return
            token = delta.token
            for item, (kind, folder) in delta.items.items():
                # A change of flags alone does not say the folder.
                known = self._expected.get(item, (kind, 0))[1]
                self._expected[item] = (kind, folder or known)
            changed = sorted(delta.items)
            for start in range(0, len(changed), _LISTED):
                self._again(changed[start : start + _LISTED])
        delta = self._changes(token)
        for item, place in delta.items.items():
            if item in self._listed:
                self._expected.setdefault(item, place)

    def _changes(self, token: str) -> State:
        """What changed since ``token``; what is gone is forgotten."""
        delta = self._mailbox.sync(token)
        self._paths.update(delta.paths)
        for item in delta.deleted:
            self._forget(item)
            self._expected.pop(item, None)
        return delta

    def _forget(self, item: int) -> None:
        self._sink.supersede(self._account, item)
        self._listed.pop(item, None)
        self._revisions.pop(item, None)

    def _again(self, items: List[int]) -> None:
        for item in items:
            self._forget(item)
        stream = self._mailbox.export("/", self._content, items)
        seen = self._take(stream) if stream is not None else set()
        # list= stops at the first id that is gone (R44): what came after it is asked for on its own.
        rest = [item for item in items if item not in seen]
        if rest and len(items) > 1:
            for item in rest:
                alone = self._mailbox.export("/", self._content, [item])
                if alone is not None:
                    self._take(alone)

    # the proof -------------------------------------------------------------------------------------------------------

    def _compare(self) -> None:
        absent = sorted(item for item in self._expected if item not in self._listed)
        for position, item in enumerate(absent[:_NAMED]):
            kind, folder = self._expected[item]
            named: Record = {"type": kind, "folder": self._paths.get(folder, ""), "id": item}
            if position < _DESCRIBED:
                named.update(self._mailbox.describe(item))
            self._problem("the export left it out", **named)
        if len(absent) > _NAMED:
            self._problem(f"the export left out {len(absent) - _NAMED} more items")
        unknown = [
            item
            for item, (kind, _size) in self._listed.items()
            if item not in self._expected and kind in SYNC_ITEMS.values()
        ]
        for item in sorted(unknown)[:_NAMED]:
            self._problem("the export lists it, SyncRequest does not", type=self._listed[item][0], id=item)


def empty_account() -> Dict[str, Optional[Any]]:
    """What :meth:`MailboxInventory.take` would say of a mailbox that was never made."""
    return {"state": COMPLETE, "problems": [], "counts": {}, "items": 0, "bytes": 0, "folders": 0}
