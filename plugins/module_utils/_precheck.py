# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in the way of a migration, from the facts of both platforms. Pure.

Each check is a function from :class:`Case` to findings; codes are those of the failure modes in reference zextras-cli
6.3, with ``M`` numbers for checks of this collection that have none there.
"""

import re
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

Facts = Dict[str, Any]

ERROR = "error"
WARNING = "warning"
INFO = "info"
SOURCE = "source"
DESTINATION = "destination"


class Finding(NamedTuple):
    """``level``: error, warning or info. ``side``: source, destination or both."""

    level: str
    code: str
    side: str
    what: str
    remedy: str


class Case(NamedTuple):
    """``source``, ``destination``: facts of ``zimbra_platform_info``. ``import_path``: where the copy lies or will lie.

    ``started``: an initial pass is done, so most of the room the migration takes is taken already. ``soon``: a day
    (``2026-12-08``) until which a migration may last.
    """

    source: Facts
    destination: Facts
    import_path: Optional[str]
    started: bool
    soon: str = ""

    def sides(self) -> List[Tuple[str, Facts]]:
        return [(SOURCE, self.source), (DESTINATION, self.destination)]


def version_of(text: Optional[str]) -> Optional[Tuple[int, ...]]:
    """``3.16.0`` as numbers to compare; ``None`` when there are none."""
    found = re.match(r"\s*(\d+(?:\.\d+)*)", text or "")
    return tuple(int(part) for part in found.group(1).split(".")) if found else None


def space(facts: Facts, role: str, path: Optional[str] = None) -> Optional[Facts]:
    """The measured room of ``role`` (store, redolog, backup, path), where it could be measured."""
    for one in facts.get("spaces") or []:
        if one["role"] == role and (path is None or one["path"].rstrip("/") == path.rstrip("/")) and one.get("total"):
            return dict(one)
    return None


def size(count: float) -> str:
    """Bytes for people."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000.0
    return f"{count:.1f} TB"


def check_versions(case: Case) -> Iterator[Finding]:
    """Products and versions this way of migrating works between (reference: zextras-cli 1.1, 7.1; F35)."""
    if case.source["product"] == "carbonio":
        yield Finding(ERROR, "M1", SOURCE, "The Source is a Carbonio.", "Migrate from a Zimbra with Suite or NG.")
    for side, facts in case.sides():
        number = version_of((facts.get("version") or {}).get("number"))
        if number is None:
            yield Finding(
                ERROR, "M2", side, "The version is unknown.", "Run 'zmcontrol -v' as the service user and see why."
            )
        elif facts["product"] == "zimbra" and number[0] >= 10:
            yield Finding(
                ERROR,
                "F35",
                side,
                f"Zimbra {facts['version']['number']} has no zxsuite: Zimbra 10 dropped the NG modules.",
                "Choose a procedure that does not need the Backup module.",
            )
        elif facts["product"] == "zimbra" and number < (8, 0):
            yield Finding(
                ERROR,
                "M2",
                side,
                f"Zimbra {facts['version']['number']} is older than any Suite that can do this (8.0).",
                "Update it, or migrate over IMAP.",
            )
    here, there = case.source.get("server_id"), case.destination.get("server_id")
    if here and here == there:
        yield Finding(
            ERROR, "M3", "both", "Source and Destination are the same server.", "Correct the inventory groups."
        )


def check_suite(case: Case) -> Iterator[Finding]:
    """The modules: there, of a version without known traps, their service running (F25, F26)."""
    for side, facts in case.sides():
        number = version_of((facts.get("version") or {}).get("number"))
        if facts.get("zxsuite") is None:
            if facts["product"] != "zimbra" or number is None or number[0] < 10:
                yield Finding(
                    ERROR,
                    "F26",
                    side,
                    "There is no zxsuite (carbonio backup) on this server.",
                    "Install Zextras Suite, or the NG modules of the Network Edition, or Carbonio Advanced.",
                )
            continue
        yield from _suite_version(side, facts)
        services = facts.get("services")
        module = (services or {}).get("module") or {}
        if services is not None and str(module.get("running")).lower() != "true":
            yield Finding(
                ERROR,
                "F26",
                side,
                "The Backup module is not running.",
                "See why with 'zxsuite backup getServices' (often the licence), then start the service 'module'.",
            )


def _suite_version(side: str, facts: Facts) -> Iterator[Finding]:
    suite = facts.get("suite") or {}
    number = version_of(suite.get("version"))
    if number is None or facts.get("dialect") != "suite":
        return
    text = suite["version"]
    if number[:3] == (3, 16, 0):
        yield Finding(
            ERROR,
            "F25",
            side,
            "Suite 3.16.0 can lose blobs where HSM policies move them.",
            "Update to 3.16.1 or newer and run 'zxsuite powerstore doCheckBlobs start' first.",
        )
    elif side == SOURCE and number < (3, 16, 0):
        yield Finding(
            WARNING,
            "M4",
            side,
            f"Suite {text}: a SmartScan that is interrupted can skip items (BCK-681, fixed in 3.16.0).",
            "Update to 3.16.1 or newer. If a SmartScan is interrupted, run the next one with 'deep: true'.",
        )
    cli = version_of(suite.get("cli_version"))
    if cli is not None and cli != number:
        yield Finding(
            WARNING,
            "M5",
            side,
            f"The command line is {suite['cli_version']}, the server runs {text}.",
            "Restart mailboxd after the update.",
        )


def check_licence(case: Case) -> Iterator[Finding]:
    """Licence valid on both sides, seats for everybody on the Destination (F26)."""
    for side, facts in case.sides():
        licence = facts.get("licence") or {}
        if licence.get("expired"):
            yield Finding(
                ERROR,
                "F26",
                side,
                f"The licence has expired ({licence.get('ends') or 'no date told'}).",
                "Upload a valid one; a trial licence is enough for a migration.",
            )
        elif re.match(r"\d{4}-\d\d-\d\d", licence.get("ends") or "") and licence["ends"][:10] < case.soon:
            yield Finding(
                WARNING,
                "F26",
                side,
                f"The licence ends on {licence['ends'][:10]}.",
                "Renew it if the migration may last that long: without it the Backup module stops.",
            )
    licence = case.destination.get("licence") or {}
    moving = (case.source.get("mailboxes") or {}).get("count")
    seats, taken = licence.get("licensed_users"), licence.get("accounts") or 0
    if seats and moving and not case.started and taken + moving > seats:
        yield Finding(
            ERROR,
            "F26",
            DESTINATION,
            f"The licence has {seats} seats, {taken} are taken and {moving} mailboxes are to come.",
            "Get a licence for all of them before the import.",
        )


def check_backup(case: Case) -> Iterator[Finding]:
    """Backup paths that are set up and can be read elsewhere (F8, F23, F24), scanner and schedules (F16)."""
    for side, facts in case.sides():
        backup = facts.get("backup")
        if backup is None:
            continue
        if not backup.get("path"):
            yield Finding(
                ERROR, "F8", side, "The backup path (ZxBackup_DestPath) is unknown.", "Set up the Backup module first."
            )
        if backup.get("realtime_scanner"):
            yield Finding(
                INFO,
                "F16",
                side,
                "The RealTime Scanner is on.",
                "Nothing to do: each phase turns it off and puts it back.",
            )
        if side == SOURCE and backup.get("blobless"):
            yield Finding(
                ERROR,
                "F23",
                side,
                "The backup is blobless (backupBloblessMode): it holds no mail to import.",
                "Turn the mode off and run a SmartScan, or choose another procedure.",
            )
        if side == SOURCE and backup.get("archive") not in (None, "", "0", "-1"):
            yield Finding(
                WARNING,
                "F24",
                side,
                f"Blobs are archived outside the backup path ({backup['archive']}).",
                "Give the import 'blobs_archive', the id of that bucket or volume on the Destination.",
            )
    yield from _initialized(case)


def _initialized(case: Case) -> Iterator[Finding]:
    here, there = case.source.get("backup") or {}, case.destination.get("backup") or {}
    if here.get("initialized") is False:
        yield Finding(
            INFO,
            "F8",
            SOURCE,
            "The backup has never been initialised.",
            "Nothing to do: the first SmartScan does it, and takes as long as the store is large.",
        )
    if there.get("initialized") is False:
        yield Finding(
            INFO,
            "F8",
            DESTINATION,
            "The backup has never been initialised, which an import needs.",
            "Nothing to do: phase=initial runs a SmartScan on it before the import. "
            "By hand: 'zxsuite backup doSmartScan start'.",
        )


def check_paths(case: Case) -> Iterator[Finding]:
    """The copy has a place of its own (F3), on file systems that can hold a backup (F6, F7)."""
    own = (case.destination.get("backup") or {}).get("path")
    if case.import_path and own:
        relation = _relation(case.import_path, own)
        if relation:
            yield Finding(
                ERROR,
                "F3",
                DESTINATION,
                f"The copy's directory {case.import_path} {relation} the Destination's own backup path {own}.",
                "Choose a directory outside of it: an import from there corrupts both.",
            )
    for side, facts in case.sides():
        for one in facts.get("spaces") or []:
            if one["role"] not in ("backup", "path"):
                continue
            if one.get("case_sensitive") is False:
                yield Finding(
                    ERROR,
                    "F7",
                    side,
                    f"{one['path']} is on a file system that does not tell upper from lower case.",
                    "Use one that does (ext4, xfs): a backup has directories that differ only in that.",
                )
            if one.get("filesystem") == "fuse.sshfs" and "allow_other" not in one.get("mount_options", []):
                yield Finding(
                    ERROR,
                    "F6",
                    side,
                    f"{one['path']} is mounted by SSHFS without allow_other: the service user cannot read it.",
                    "Mount it with '-o allow_other'.",
                )


def check_queue(case: Case) -> Iterator[Finding]:
    """Nothing in the queues that delays or doubles what is to be done (F11, F22)."""
    for side, facts in case.sides():
        operations = facts.get("operations") or []
        imports = [one for one in operations if one.get("kind") == "external_restore"]
        if side == DESTINATION and imports and not case.started:
            yield Finding(
                ERROR,
                "F22",
                side,
                f"An External Restore is {imports[0]['state']} already ({imports[0]['id']}).",
                "Wait for its end: two imports at once double items.",
            )
        elif operations:
            names = ", ".join(f"{one['name']} ({one['state']})" for one in operations[:3])
            yield Finding(
                WARNING,
                "F11",
                side,
                f"The queue is busy: {names}.",
                "What the migration starts waits behind it. Begin when it is empty, or stop it.",
            )


def check_excluded(case: Case) -> Iterator[Finding]:
    """Classes of service whose accounts would be missing (F14)."""
    names = case.source.get("excluded_coses") or []
    if names:
        yield Finding(
            ERROR,
            "F14",
            SOURCE,
            f"Accounts of these classes of service are left out of the backup: {', '.join(names)}.",
            "Remove ${ZxBackup_Disabled} from their notes (Carbonio: backupEnabled TRUE), or accept F14 to leave them.",
        )


def check_validator(case: Case) -> Iterator[Finding]:
    """An import into a newer version refuses mail the older one took (F10)."""
    here = version_of((case.source.get("version") or {}).get("number"))
    there = version_of((case.destination.get("version") or {}).get("number"))
    if here and there and case.source["product"] == case.destination["product"] and here < there:
        yield Finding(
            INFO,
            "F10",
            DESTINATION,
            "The Destination is newer: its LMTP validator may refuse old mail, which then shows as unrestored items.",
            "If that happens, set zimbra_lmtp_validate_messages to false for the import.",
        )


def check_unread(case: Case) -> Iterator[Finding]:
    """What could not be looked at is not known to be good."""
    for side, facts in case.sides():
        for problem in facts.get("problems") or []:
            if problem["what"] in ("zxsuite", "version"):
                continue
            yield Finding(
                WARNING,
                "M6",
                side,
                f"Could not read {problem['what']}: {problem['message']}",
                "See why; what was not read was not checked.",
            )


def _relation(one: str, other: str) -> Optional[str]:
    left = [part for part in one.split("/") if part]
    right = [part for part in other.split("/") if part]
    if left == right:
        return "is"
    if left[: len(right)] == right:
        return "lies in"
    return "holds" if right[: len(left)] == left else None
