# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which accounts the Backup module looks at: not those of other servers, not those whose COS says no."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from zimsim.backup.layout import Layout
from zimsim.backup.states import State
from zimsim.model import Directory, Entry

COS_MARKER = "${ZxBackup_Disabled}"
SYSTEM_NAMES = ("galsync", "spam.", "ham.", "virus-quarantine.")
# Never written to a path: they change with every login.
VOLATILE = ("zimbraAuthTokens", "zimbraCsrfTokenData", "zimbraLastLogonTimestamp", "zimbraLastLogonTimestampFrequency")


def local_accounts(directory: Directory) -> list[Entry]:
    """Accounts and resources whose mailbox is on this server."""
    host = directory.server.name
    return [
        entry for entry in directory.all("account", "resource") if entry.first("zimbraMailHost", host).lower() == host
    ]


def excluded_by_cos(directory: Directory, account: Entry) -> bool:
    """Backup is switched off by a marker in the notes of the account's COS (section 2.8)."""
    cos = directory.cos_of(account)
    return cos is not None and any(COS_MARKER in note for note in cos.values("zimbraNotes"))


def is_system(name: str, attrs: Mapping[str, Sequence[str]]) -> bool:
    """GalSync, spam, ham and quarantine accounts, by their marker or by their name."""
    for marker in ("zimbraIsSystemAccount", "zimbraIsSystemResource"):
        if "TRUE" in attrs.get(marker, ()):
            return True
    local = name.partition("@")[0]
    return local == "galsync" or any(local.startswith(f"{word.rstrip('.')}.") for word in SYSTEM_NAMES)


def entry_state(entry: Entry, members: list[str] | None = None) -> State:
    """A directory entry as a state."""
    state: State = {
        "deleted": False,
        "id": entry.id,
        "kind": entry.kind,
        "name": entry.name,
        "attrs": {name: values for name, values in sorted(entry.attrs.items()) if name not in VOLATILE},
    }
    if members is not None:
        state["members"] = members
    return state


def known_accounts(layout: Layout, names: list[str]) -> list[str]:
    """Of the directories below accounts/, those that hold a scanned account (an import leaves id maps there too).

    Raises PermissionError for a directory that cannot be looked into: an account must not go missing silently.
    """
    return [name for name in names if _is_there(layout.account_info(name))]


def _is_there(path: str) -> bool:
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True
