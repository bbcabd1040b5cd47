#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program's listings (zimbra-provisioning.md section 2.1; R59: values are printed raw, whatever they hold)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from zimsim.model import Directory, Entry
from zimsim.model.names import to_unicode

_BLOCKED = "VALUE-BLOCKED"
_SECRET = ("userPassword",)


class Dumper:
    """``ldap`` shows hashes and ASCII names, SOAP hides the ones and shows Unicode."""

    def __init__(self, directory: Directory, *, ldap: bool) -> None:
        self._directory = directory
        self._ldap = ldap

    def name(self, entry: Entry) -> str:
        return entry.name if self._ldap else to_unicode(entry.name)

    def attributes(self, entry: Entry, *, own: bool) -> dict[str, list[str]]:
        """``own``: without what is inherited (``-e``)."""
        values = dict(entry.attrs) if own else self._directory.effective(entry)
        if entry.kind == "dl":
            members = self._directory.members(entry.id)
            values = {**values, "zimbraMailForwardingAddress": members}
        if not self._ldap:
            values = {name: [_BLOCKED] if name in _SECRET else each for name, each in values.items()}
            if "zimbraMailDeliveryAddress" in values:
                values["zimbraMailDeliveryAddress"] = [to_unicode(each) for each in values["zimbraMailDeliveryAddress"]]
        return values

    def lines(self, values: Mapping[str, Iterable[str]], wanted: Iterable[str] = ()) -> str:
        """Sorted by name, upper case first; ``wanted`` names, or ``name=value`` pairs, keep only those."""
        filters = [each.partition("=") for each in wanted]
        result = []
        for name in sorted(values):
            matching = [part for part in filters if part[0].lower() == name.lower()]
            if filters and not matching:
                continue
            limits = {part[2].lower() for part in matching if part[1]}
            for value in values[name]:
                if value != "" and (not limits or value.lower() in limits):
                    result.append(f"{name}: {value}\n")
        return "".join(result)

    def entry(self, entry: Entry, wanted: Iterable[str] = (), *, own: bool = False) -> str:
        """Header, attributes, one empty line."""
        return f"# name {self.name(entry)}\n{self.lines(self.attributes(entry, own=own), wanted)}\n"

    def distribution_list(self, entry: Entry, wanted: Iterable[str] = (), *, counted: bool = True) -> str:
        """``counted`` is false in ``gadl -v``, which shows no member (68g)."""
        members = self._directory.members(entry.id) if counted else []
        values = self.attributes(entry, own=False)
        if not counted:
            values.pop("zimbraMailForwardingAddress", None)
        return (
            f"# distributionList {self.name(entry)} memberCount={len(members)}\n{self.lines(values, wanted)}\nmembers\n"
            + "".join(f"{member}\n" for member in members)
        )
