# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings of a comparison, and the rules that explain some of them.

A rule is data: a name, the reason a reader is shown, and a test. The first rule that fits explains a finding; it stays
in the report. Nothing but a rule explains anything, and no rule explains something that is missing or doubled in a
person's mailbox.
"""

from typing import Any, Callable, Container, Dict, List, NamedTuple, Optional, Sequence

MISSING = "missing"
DOUBLED = "doubled"
DIFFERING = "differing"
EXTRA = "extra"
UNPROVEN = "unproven"
CLASSES = (MISSING, DOUBLED, DIFFERING, EXTRA, UNPROVEN)

Record = Dict[str, Any]


class Finding(NamedTuple):
    """One thing that is not equal on both sides.

    ``kind``: one of :data:`CLASSES`. ``source``/``destination``: the records compared, None where there is none.
    ``fields``: {field: (value on the Source, value on the Destination)} of what differs. ``reason``: one sentence.
    """

    kind: str
    account: str
    type: str
    reason: str
    source: Optional[Record] = None
    destination: Optional[Record] = None
    fields: Optional[Dict[str, Any]] = None

    @property
    def record(self) -> Record:
        """The record that names it: the Source's where there is one."""
        return self.source or self.destination or {}


class Context(NamedTuple):
    """What the rules know besides the finding. Times are seconds since 1970, None when it has not happened.

    ``switched``: mail began to go to the Destination. ``closed``: the last import was over, the Destination is in use.
    ``system``: addresses marked as system accounts on either side; they are not compared.
    """

    switched: Optional[int] = None
    closed: Optional[int] = None
    system: Container[str] = ()


class Rule(NamedTuple):
    """Explains the findings its test fits.

    ``afterwards``: it is no difference the migration made, but life that went on at the Destination; it takes nothing
    from a verdict.
    """

    name: str
    reason: str
    test: Callable[[Finding, Context], bool]
    afterwards: bool = False


# Folders that one product or release makes in every mailbox and another does not know (R34, Z6).
PRODUCT_FOLDERS = {
    "/Chats": "made by Zimbra and by Carbonio, not by every release",
    "/Comments": "hidden folder of Zimbra's documents",
    "/Tasks": "Carbonio has no tasks",
    "/Briefcase": "Carbonio has no documents in mailboxes",
    "/Notebook": "of Zimbra up to 6",
    "/Emailed Contacts": "can be switched off",
    "/Conversations": "virtual, never holds items",
    "/Tags": "virtual, never holds items",
}


def _product_folder(finding: Finding, _context: Context) -> bool:
    record = finding.record
    return (
        finding.type == "folder"
        and finding.kind in (MISSING, EXTRA)
        and record.get("path") in PRODUCT_FOLDERS
        and not record.get("items")
    )


def _arrived_after_switch(finding: Finding, context: Context) -> bool:
    item = finding.destination
    if finding.kind != EXTRA or not item or finding.type == "folder":
        return False
    if finding.type == "message":
        return context.switched is not None and item["date"] >= context.switched
    # A contact or an appointment that was imported carries the time of its import: only what is newer than the last
    # import was made on the Destination.
    newest = max(int(item.get("date", 0)), int(item.get("changed", 0)))
    return context.closed is not None and newest >= context.closed


def _made_after_switch(finding: Finding, context: Context) -> bool:
    record = finding.destination
    return (
        finding.type == "folder"
        and finding.kind == EXTRA
        and record is not None
        and context.closed is not None
        and int(record.get("changed", 0)) >= context.closed
    )


def _changed_after_switch(finding: Finding, context: Context) -> bool:
    item = finding.destination
    if finding.kind != DIFFERING or not item or context.closed is None or finding.type == "folder":
        return False
    if set(finding.fields or {}) & {"damage", "size", "date"}:
        return False
    return bool(item["changed"] >= context.closed)


def _damaged_on_source(finding: Finding, _context: Context) -> bool:
    source, destination = finding.source, finding.destination
    return bool(
        finding.kind == DIFFERING
        and set(finding.fields or {}) == {"damage"}
        and source
        and destination
        and source.get("damage")
        and source["digest"] == destination["digest"]
    )


def _not_propagated(finding: Finding, _context: Context) -> bool:
    return finding.kind == EXTRA


RULES: List[Rule] = [
    Rule(
        "product_folder",
        "An empty system folder that only one of the two products has.",
        _product_folder,
    ),
    Rule(
        "arrived_after_switch",
        "Arrived or was made on the Destination after mail was switched there.",
        _arrived_after_switch,
        afterwards=True,
    ),
    Rule(
        "made_after_switch",
        "A folder that was made on the Destination after the last import.",
        _made_after_switch,
        afterwards=True,
    ),
    Rule(
        "changed_after_switch",
        "Changed, moved or read on the Destination after the last import.",
        _changed_after_switch,
    ),
    Rule(
        "damaged_on_source",
        "Was damaged on the Source already and arrived as it was.",
        _damaged_on_source,
    ),
    Rule(
        "not_propagated",
        "Only the Destination has it, and it did not arrive there after the switch of the mail: it was deleted or "
        "edited on the Source after a pass had brought it here. Imports never delete (not propagated).",
        _not_propagated,
    ),
]
RULE_NAMES = [rule.name for rule in RULES]
AFTERWARDS = frozenset(rule.name for rule in RULES if rule.afterwards)


def explain(finding: Finding, context: Context, rules: Sequence[Rule] = tuple(RULES)) -> Optional[Rule]:
    """The rule that explains ``finding``, or None when somebody has to look at it."""
    for rule in rules:
        if rule.test(finding, context):
            return rule
    return None
