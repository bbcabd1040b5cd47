# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence: what two inventories say about a migration, account by account.

Verdicts: ``complete`` (everything the Source has is on the Destination, once and unchanged; more may have arrived
there since), ``explained`` (there are differences, and a rule explains each of them), ``incomplete`` (something needs
a person, or a mailbox could not be read).
"""

from typing import Any, Callable, Container, Dict, Iterable, List, NamedTuple, Optional

from ansible_collections.mailops.zimbra.plugins.module_utils._evidence_match import (
    differences,
    match,
    pair_versions,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._evidence_rules import (
    CLASSES,
    DIFFERING,
    DOUBLED,
    EXTRA,
    MISSING,
    UNPROVEN,
    Context,
    Finding,
    Rule,
    explain,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._evidence_streams import Group, side_by_side
from ansible_collections.mailops.zimbra.plugins.module_utils._evidence_twice import fingerprint
from ansible_collections.mailops.zimbra.plugins.module_utils._inventory import (
    ACCOUNT,
    FOLDER,
    INCOMPLETE,
    iso,
)

COMPLETE_VERDICT = "complete"
EXPLAINED_VERDICT = "explained"
INCOMPLETE_VERDICT = "incomplete"

Record = Dict[str, Any]

# Items without a partner that are kept to be paired by name when an account is over. An account with more has worse
# problems than edited contacts.
_PAIRING_LIMIT = 20000
_SIDES = ("source", "destination")
# Findings that are not about items are counted apart from them.
_COUNTED = {"folder": "folder_findings", "account": "account_findings"}


class Judged(NamedTuple):
    """A finding and the rule that explains it (None: nothing does)."""

    finding: Finding
    rule: Optional[Rule]


class AccountEvidence:
    """What is known about one account so far.

    ``counts``: items of each side, those matched, those of each class of finding; findings about folders and about the
    account itself; of all findings how many came to be at the Destination after the switch, how many another rule
    explains, and how many are open.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.counts: Dict[str, int] = dict.fromkeys(CLASSES, 0)
        self.counts.update(source=0, destination=0, matched=0, folder_findings=0, account_findings=0)
        self.counts.update(afterwards=0, explained=0, open=0)
        self.reasons: List[str] = []

    @property
    def verdict(self) -> str:
        if self.counts["open"] or self.reasons:
            return INCOMPLETE_VERDICT
        return EXPLAINED_VERDICT if self.counts["explained"] else COMPLETE_VERDICT

    def as_dict(self) -> Dict[str, Any]:
        return {"account": self.name, "verdict": self.verdict, "reasons": self.reasons, "counts": self.counts}


class Comparison:
    """Compares two sorted streams of records. Findings go to ``sink`` as they are made; only counts are kept."""

    def __init__(self, context: Context, sink: Callable[[Judged], None], twice: Container[Any] = ()) -> None:
        """``twice``: fingerprints of mail that was delivered on both sides (:mod:`_evidence_twice`)."""
        self._context = context
        self._sink = sink
        self._twice = twice
        self._missing: List[Record] = []
        self._surplus: List[Record] = []
        self._current: Optional[AccountEvidence] = None
        self._skipped = False
        self._absent = False
        self.accounts: List[AccountEvidence] = []
        self.foreign: List[str] = []
        self.system: List[str] = []
        self.rules: Dict[str, int] = {}

    def run(self, source: Iterable[Record], destination: Iterable[Record]) -> None:
        """Compare everything. Errors of the readers are theirs and end it."""
        for group in side_by_side(source, destination):
            if self._current is None or self._current.name != group.account:
                self._close_account()
                self._current = AccountEvidence(group.account)
                self._skipped = self._absent = False
            if group.kind == ACCOUNT:
                self._account(self._current, group)
            elif self._skipped:
                continue
            elif group.kind == FOLDER:
                self._folder(self._current, group)
            else:
                self._items(self._current, group)
        self._close_account()

    def _report(self, evidence: AccountEvidence, finding: Finding) -> None:
        rule = explain(finding, self._context)
        evidence.counts[_COUNTED.get(finding.type, finding.kind)] += 1
        evidence.counts[_outcome(rule)] += 1
        if rule:
            self.rules[rule.name] = self.rules.get(rule.name, 0) + 1
        self._sink(Judged(finding, rule))

    def _close_account(self) -> None:
        evidence = self._current
        if evidence is None:
            return
        if not self._skipped:
            paired = pair_versions(self._missing, self._surplus)
            for source, destination in paired.pairs:
                fields = dict(differences(source, destination), content=[source["digest"], destination["digest"]])
                fields.pop("digest", None)
                self._report(
                    evidence,
                    Finding(DIFFERING, evidence.name, source["type"], _say(fields), source, destination, fields),
                )
            for record in paired.missing:
                self._report(evidence, self._missing_item(evidence, record))
            for record in paired.surplus:
                self._report(evidence, self._extra_item(evidence, record))
            self.accounts.append(evidence)
        self._missing, self._surplus = [], []

    def _missing_item(self, evidence: AccountEvidence, record: Record) -> Finding:
        reason = "The Destination does not have it."
        if _unread("destination") in evidence.reasons:
            reason = "The list of the Destination, which is not complete, does not have it."
        return Finding(MISSING, evidence.name, record["type"], reason, source=record)

    def _extra_item(self, evidence: AccountEvidence, record: Record) -> Finding:
        if record.get("message_id") and fingerprint(record) in self._twice:
            reason = "A message with the same Message-ID was delivered before: it came twice."
            return Finding(DOUBLED, evidence.name, record["type"], reason, destination=record)
        return Finding(EXTRA, evidence.name, record["type"], "Only the Destination has it.", destination=record)

    # accounts --------------------------------------------------------------------------------------------------------

    def _account(self, evidence: AccountEvidence, group: Group) -> None:
        name = evidence.name
        source = group.source[0] if group.source else None
        destination = group.destination[0] if group.destination else None
        if name in self._context.system:
            # Spam, ham, quarantine, GAL: made by the platform itself, on each side for itself, and not migrated.
            self._skipped = True
            self.system.append(name)
        elif source is None:
            # The Destination's own accounts, and those of other units.
            self._skipped = True
            self.foreign.append(name)
        elif destination is None:
            self._absent = True
            reason = "The Destination has no such account."
            self._report(evidence, Finding(MISSING, name, "account", reason, source))
        for side, record in zip(_SIDES, (source, destination)):
            if record and not self._skipped and record["state"] == INCOMPLETE:
                self._unproven(evidence, side, record)

    def _unproven(self, evidence: AccountEvidence, side: str, record: Record) -> None:
        title = side.capitalize()
        for problem in record["problems"]:
            # A problem that names an item is a finding about that item, the others are about the mailbox.
            named = {
                "account": evidence.name,
                "type": problem.get("type", "mailbox"),
                "folder": "",
                "name": "",
                "id": 0,
            }
            named.update({key: problem[key] for key in ("folder", "name", "id", "date") if problem.get(key)})
            finding = Finding(
                UNPROVEN,
                evidence.name,
                named["type"],
                "{}: {}".format(title, problem["what"]),
                named if side == "source" else None,
                named if side == "destination" else None,
            )
            self._report(evidence, finding)
        evidence.reasons.append(_unread(side))

    # folders ---------------------------------------------------------------------------------------------------------

    def _folder(self, evidence: AccountEvidence, group: Group) -> None:
        if self._absent:
            # The account is a finding itself.
            return
        source = group.source[0] if group.source else None
        destination = group.destination[0] if group.destination else None
        if destination is None:
            reason = "The Destination does not have this folder."
            self._report(evidence, Finding(MISSING, evidence.name, "folder", reason, source))
        elif source is None:
            reason = "Only the Destination has this folder."
            self._report(evidence, Finding(EXTRA, evidence.name, "folder", reason, None, destination))
        else:
            fields = {
                name: [source.get(name), destination.get(name)]
                for name in ("kind", "view", "grants", "target")
                if source.get(name) != destination.get(name)
            }
            if fields:
                reason = "The folder is not the same on both sides: {}.".format(", ".join(sorted(fields)))
                self._report(evidence, Finding(DIFFERING, evidence.name, "folder", reason, source, destination, fields))

    # items -----------------------------------------------------------------------------------------------------------

    def _items(self, evidence: AccountEvidence, group: Group) -> None:
        evidence.counts["source"] += len(group.source)
        evidence.counts["destination"] += len(group.destination)
        matched = match(group.source, group.destination)
        evidence.counts["matched"] += len(matched.pairs)
        for source, destination in matched.pairs:
            fields = differences(source, destination)
            if fields:
                self._report(
                    evidence,
                    Finding(DIFFERING, evidence.name, source["type"], _say(fields), source, destination, fields),
                )
        for record in matched.surplus:
            if group.source:
                self._report(evidence, self._doubled(evidence, group, record))
            elif len(self._surplus) < _PAIRING_LIMIT:
                self._surplus.append(record)
            else:
                self._report(evidence, self._extra_item(evidence, record))
        for record in matched.missing:
            if len(self._missing) < _PAIRING_LIMIT:
                self._missing.append(record)
            else:
                self._report(evidence, self._missing_item(evidence, record))

    def _doubled(self, evidence: AccountEvidence, group: Group, record: Record) -> Finding:
        folders = sorted({one["folder"] for one in group.source})
        reason = "{} on the Destination, {} on the Source (in {}).".format(
            len(group.destination), len(group.source), ", ".join(folders)
        )
        return Finding(DOUBLED, evidence.name, record["type"], reason, None, record)


def _unread(side: str) -> str:
    return f"The inventory of the {side.capitalize()} is incomplete."


def _say(fields: Dict[str, Any]) -> str:
    if "damage" in fields:
        return "On the Destination {}.".format(fields["damage"][1])
    if "content" in fields:
        sizes = " It has {0[1]} bytes instead of {0[0]}.".format(fields["size"]) if "size" in fields else ""
        return "The Destination has it with another content." + sizes
    if "folder" in fields:
        return "It lies in {0[1]} instead of {0[0]}.".format(fields["folder"])
    return "Not the same on both sides: {}.".format(", ".join(sorted(fields)))


def overall(accounts: Iterable[AccountEvidence]) -> str:
    """The verdict of all: that of the worst account."""
    verdicts = {account.verdict for account in accounts}
    for verdict in (INCOMPLETE_VERDICT, EXPLAINED_VERDICT):
        if verdict in verdicts:
            return verdict
    return COMPLETE_VERDICT


def _outcome(rule: Optional[Rule]) -> str:
    """The count a finding belongs to."""
    if rule is None:
        return "open"
    return "afterwards" if rule.afterwards else "explained"


def finding_dict(judged: Judged) -> Dict[str, Any]:
    """A finding as it is returned, recorded and printed. Dates are ISO 8601 in UTC, empty where there is none."""
    finding, rule = judged
    record = finding.record
    fields = {
        name: {"source": _shown(name, pair[0]), "destination": _shown(name, pair[1])}
        for name, pair in sorted((finding.fields or {}).items())
    }
    return {
        "account": finding.account,
        "class": finding.kind,
        "type": finding.type,
        "folder": record.get("folder", record.get("path", "")),
        "subject": record.get("name", ""),
        "date": iso(int(record.get("date") or 0)),
        "reason": finding.reason,
        "fields": fields,
        "explained": rule is not None,
        "rule": rule.name if rule else "",
        "source_id": (finding.source or {}).get("id", 0),
        "destination_id": (finding.destination or {}).get("id", 0),
    }


def _shown(name: str, value: Any) -> Any:
    if name == "date" and isinstance(value, int):
        return iso(value)
    return "" if value is None else value
