# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From two inventory files to a verdict with its numbers, findings and reasons."""

import datetime
import json
import os
import re
import tempfile
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Set

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import ParameterError
from ansible_collections.mailops.zimbra.plugins.module_utils._evidence import (
    COMPLETE_VERDICT,
    EXPLAINED_VERDICT,
    INCOMPLETE_VERDICT,
    Comparison,
    Judged,
    finding_dict,
    overall,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._evidence_rules import RULES, Context
from ansible_collections.mailops.zimbra.plugins.module_utils._evidence_twice import delivered_twice
from ansible_collections.mailops.zimbra.plugins.module_utils._inventory import ACCOUNT
from ansible_collections.mailops.zimbra.plugins.module_utils._inventory_errors import InventoryFileError
from ansible_collections.mailops.zimbra.plugins.module_utils._inventory_file import InventoryReader

Record = Dict[str, Any]

# Names of accounts that were not compared; the number is exact.
_NAMED = 100
# Findings in the message of a failed gate.
_SAID = 10
_TIME = re.compile(r"^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?$")


class Sides(NamedTuple):
    """The two files and what is known about the switch of the mail, in seconds since 1970 (None: not yet)."""

    source: str
    destination: str
    switched: Optional[int] = None
    closed: Optional[int] = None


def seconds(text: Optional[str], option: str) -> Optional[int]:
    """ISO 8601 as seconds since 1970, UTC where no offset is given. Empty: None. Raises :class:`ParameterError`."""
    if not text:
        return None
    found = _TIME.match(text.strip())
    if not found:
        raise ParameterError(f"{option}={text} is no time like 2026-11-24T13:05:00Z.")
    moment = datetime.datetime.strptime("{} {}".format(*found.group(1, 2)), "%Y-%m-%d %H:%M:%S")
    offset = found.group(3) or "Z"
    minutes = 0
    if offset != "Z":
        minutes = int(offset[1:3]) * 60 + int(offset[-2:])
        minutes = -minutes if offset[0] == "-" else minutes
    return int((moment - datetime.datetime(1970, 1, 1)).total_seconds()) - minutes * 60


class _Findings:
    """Keeps so many findings, those that nothing explains before the others; counting is done elsewhere."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open: List[Record] = []
        self._explained: List[Record] = []
        self.total = 0

    def add(self, judged: Judged) -> None:
        self.total += 1
        kept = self._explained if judged.rule else self._open
        if len(kept) < self._limit:
            kept.append(finding_dict(judged))

    def best(self) -> List[Record]:
        return (self._open + self._explained)[: self._limit]


def _records(path: str) -> Iterator[Record]:
    with InventoryReader(path) as reader:
        yield from reader


def _system_accounts(paths: List[str]) -> Set[str]:
    return {
        record["account"]
        for path in paths
        for record in _records(path)
        if record["record"] == ACCOUNT and record.get("system")
    }


def gather(sides: Sides, max_findings: int) -> Record:
    """Compare two inventories.

    Returns ``verdict``, ``counts``, ``accounts`` [{account, verdict, reasons, counts}], ``findings`` (at most
    ``max_findings``), ``findings_total``, ``rules`` {name: {reason, count}}, ``only_on_destination`` and
    ``system_accounts`` (neither was compared), ``source`` and ``destination`` (headers of the files). Raises
    :class:`InventoryFileError`.
    """
    headers = {}
    for name, path in (("source", sides.source), ("destination", sides.destination)):
        with InventoryReader(path) as reader:
            headers[name] = {key: reader.header.get(key, "") for key in ("server", "taken", "content")}
    system = _system_accounts([sides.source, sides.destination])
    twice: Any = ()
    if sides.switched is not None:
        twice = delivered_twice(_records(sides.source), _records(sides.destination), sides.switched)
    findings = _Findings(max_findings)
    comparison = Comparison(Context(sides.switched, sides.closed, frozenset(system)), findings.add, twice)
    comparison.run(_records(sides.source), _records(sides.destination))
    if not comparison.accounts:
        raise InventoryFileError(
            f"The inventory {sides.source} holds no account: there is nothing to compare.", path=sides.source
        )
    reasons = {rule.name: rule.reason for rule in RULES}
    return {
        "verdict": overall(comparison.accounts),
        "counts": _counts(comparison),
        "accounts": [account.as_dict() for account in comparison.accounts],
        "findings": findings.best(),
        "findings_total": findings.total,
        "rules": {
            name: {"reason": reasons[name], "count": number} for name, number in sorted(comparison.rules.items())
        },
        "only_on_destination": comparison.foreign[:_NAMED],
        "system_accounts": comparison.system[:_NAMED],
        **headers,
    }


def _counts(comparison: Comparison) -> Dict[str, int]:
    counts: Dict[str, int] = {"accounts": len(comparison.accounts)}
    for verdict in (COMPLETE_VERDICT, EXPLAINED_VERDICT, INCOMPLETE_VERDICT):
        counts["accounts_" + verdict] = sum(account.verdict == verdict for account in comparison.accounts)
    for account in comparison.accounts:
        for name, number in account.counts.items():
            counts[name] = counts.get(name, 0) + number
    counts["accounts_only_on_destination"] = len(comparison.foreign)
    counts["accounts_system"] = len(comparison.system)
    return counts


def say(evidence: Record) -> str:
    """The verdict in words, and the first findings that nothing explains by name."""
    counts = evidence["counts"]
    lines = [
        "The evidence is {verdict}. {matched} of {source} items of the Source are on the Destination, in {accounts} "
        "accounts. Missing {missing}, doubled {doubled}, differing {differing}, extra {extra}, unproven {unproven}, "
        "folders {folder_findings}, accounts {account_findings}; {explained} of these findings are explained, {open} "
        "are not.".format(verdict=evidence["verdict"], **counts)
    ]
    worst = [finding for finding in evidence["findings"] if not finding["explained"]]
    for finding in worst[:_SAID]:
        lines.append(
            "{class} {type} in {account} {folder}: {subject!r} of {date}. {reason}".format(
                **dict(finding, date=finding["date"] or "unknown date")
            )
        )
    if len(worst) > _SAID:
        lines.append("and more, see 'findings'")
    return "\n  ".join(lines)


def as_json(value: Record) -> bytes:
    """``value`` as the text of a file that people may read."""
    return (json.dumps(value, indent=1, sort_keys=True) + "\n").encode("ascii")


def same_file(path: str, data: bytes) -> bool:
    """Whether a file holds exactly ``data``; false when it cannot be read."""
    try:
        with open(path, "rb") as old:
            return old.read() == data
    except OSError:
        return False


def write_file(path: str, data: bytes) -> None:
    """Write ``data`` atomically, mode 0600. Raises :class:`InventoryFileError`."""
    try:
        handle, name = tempfile.mkstemp(prefix=".", dir=os.path.dirname(os.path.abspath(path)))
        try:
            with os.fdopen(handle, "wb") as new:
                new.write(data)
                new.flush()
                os.fsync(new.fileno())
            os.replace(name, path)
        except OSError:
            os.unlink(name)
            raise
    except OSError as error:
        raise InventoryFileError(f"Cannot write {path}: {error.strerror or error}.", path=path) from None
