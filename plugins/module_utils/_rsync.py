# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command lines for rsync over ssh, and what its numbers, lists and exit statuses mean. Runs nothing.

Sources: rsync(1), rrsync(1), flock(1), ssh_config(5). Written for rsync 3.1 (2013) and newer.
"""

import re
from typing import Dict, List, NamedTuple, Optional, Sequence

# Written by imports, of value only where they were written (F1 of the reference): never carried to another server.
MAP_FILES = ("/map_*", "/accounts/*/id_mapper*")
# Seconds until ssh gives up connecting; between signs of life on a silent connection; how many of those may be missed.
CONNECT_TIMEOUT, ALIVE_INTERVAL, ALIVE_COUNT = 20, 15, 8
# Exit status of flock(1) when the lock stayed taken; rsync does not use it.
LOCKED = 75
PARTIAL, VANISHED = 23, 24
# Exit status of timeout(1).
TIMED_OUT = 124
# What a broken line gives; the copy goes on where it stopped.
_BROKEN_LINE = (10, 12, 30, 35, 255)
# Said by ssh or rrsync when trying again cannot help.
_HOPELESS = re.compile(
    "Permission denied|Host key verification failed|REMOTE HOST IDENTIFICATION|rrsync|option has been disabled"
    "|No such identity|command not found|Could not resolve"
)
_STATISTIC = re.compile(r"^(?P<name>[A-Z][A-Za-z ()]+): (?P<number>[\d,.]+)", re.MULTILINE)
_STATISTICS = {
    "Number of files": "files",
    "Number of created files": "created",
    "Number of regular files transferred": "transferred",
    "Total file size": "bytes",
    "Total transferred file size": "transferred_bytes",
}
# %i: what rsync does about an item; nothing is printed for one that is equal.
_ITEM = re.compile(r"^(?P<what>[<>ch.*][fdLDS]\S{9,}) *(?P<path>.*)$", re.MULTILINE)
_WHY = {"c": "content", "s": "size", "t": "time", "p": "permissions", "o": "owner", "g": "group"}
_MEANINGS = {
    1: "rsync was called with an option this version does not know",
    2: "the two sides speak incompatible versions of rsync's protocol",
    3: "the source or the destination directory cannot be opened",
    5: "the other side refused to start",
    10: "the network connection failed",
    11: "reading or writing a file failed; is the disk of the Destination full?",
    12: "the connection ended in the middle of the copy, or the other side refused the command",
    13: "the other side reported an error",
    14: "a process of rsync could not be started",
    20: "rsync was stopped by a signal",
    22: "there was not enough memory",
    PARTIAL: "some files could not be copied",
    VANISHED: "files of the source vanished while they were copied",
    30: "no data came for the time allowed by io_timeout",
    35: "the other side did not answer in time",
    TIMED_OUT: "the copy took longer than 'timeout' allows; run it again, it goes on where it stopped",
    127: "rsync is not installed on the Destination",
    255: "ssh could not connect or lost the connection",
}


class Target(NamedTuple):
    """Where the copy goes and how it gets there. ``path`` None: the receiver is held to one directory by rrsync."""

    host: str
    port: int
    user: str
    path: Optional[str]
    private_key: str
    known_hosts: str


class Rules(NamedTuple):
    """How it is copied. ``bandwidth``: KiB/s, 0 is unlimited. ``io_timeout``: seconds without a byte."""

    exclude: Sequence[str]
    bandwidth: int
    io_timeout: int
    chown: Optional[str]


class Difference(NamedTuple):
    """One item that is not equal on both sides. ``why``: missing, content, size, time, permissions, owner, group."""

    path: str
    why: List[str]


def ssh_command(target: Target) -> str:
    """The remote shell for rsync's ``-e``: this key, this known host, no question, no configuration of the user's."""
    options = {
        "BatchMode": "yes",
        "IdentitiesOnly": "yes",
        "PasswordAuthentication": "no",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": target.known_hosts,
        "GlobalKnownHostsFile": "/dev/null",
        "ConnectTimeout": str(CONNECT_TIMEOUT),
        "ServerAliveInterval": str(ALIVE_INTERVAL),
        "ServerAliveCountMax": str(ALIVE_COUNT),
    }
    words = ["ssh", "-F", "/dev/null", "-T", "-p", str(target.port), "-i", target.private_key]
    for name, value in options.items():
        words += ["-o", f"{name}={value}"]
    return " ".join(_quoted(word) for word in words)


def copy_command(source: str, target: Target, rules: Rules, checksum: bool = False, dry_run: bool = False) -> List[str]:
    """Copy what is new or changed, delete nothing. Prints one ``%i`` a changed item (12 bytes) and the statistics."""
    argv = _common(target, rules) + ["--partial", "--stats", "--no-human-readable", "--out-format=%i"]
    if rules.bandwidth:
        argv.append(f"--bwlimit={rules.bandwidth}")
    return argv + _flags(checksum, dry_run) + _ends(source, target)


def compare_command(source: str, target: Target, rules: Rules) -> List[str]:
    """List what differs by checksum, and change nothing. An empty list proves the copy."""
    return _common(target, rules) + ["--out-format=%i %n"] + _flags(checksum=True, dry_run=True) + _ends(source, target)


def locked(argv: Sequence[str], directory: str, wait: float) -> List[str]:
    """``argv`` under a lock on ``directory`` that lives as long as rsync does, also when we are killed."""
    return ["flock", "-E", str(LOCKED), "-w", str(int(wait)), directory] + list(argv)


def parse_statistics(text: str) -> Dict[str, int]:
    """``--stats`` as numbers: files, created, transferred, bytes, transferred_bytes; 0 for what is not printed."""
    found = dict.fromkeys(_STATISTICS.values(), 0)
    for match in _STATISTIC.finditer(text):
        if match.group("name") in _STATISTICS:
            found[_STATISTICS[match.group("name")]] = int(re.sub("[,.]", "", match.group("number")))
    return found


def parse_items(text: str) -> List[Difference]:
    """The items of a list made with ``%i %n``."""
    return [Difference(match.group("path"), _reasons(match.group("what"))) for match in _ITEM.finditer(text)]


def count_items(text: str) -> int:
    """How many items a list made with ``%i`` holds."""
    return sum(1 for _match in _ITEM.finditer(text))


def worth_another_try(rc: int, errors: str) -> bool:
    """True for files that vanished and for a broken line; false where the next try would end the same way."""
    return rc == VANISHED or (rc in _BROKEN_LINE and not _HOPELESS.search(errors))


def explain(rc: int, errors: str) -> str:
    """What an exit status other than 0 means, with the first lines of what rsync and ssh said."""
    said = [line.strip() for line in errors.splitlines() if line.strip() and not line.startswith("rsync error:")]
    meaning = _MEANINGS.get(rc, "rsync failed")
    if "command not found" in errors or "rsync: not found" in errors:
        meaning = _MEANINGS[127]
    quoted = ": " + " | ".join(said[:5]) if said else ""
    return f"{meaning} (exit status {rc}){quoted}"


def _common(target: Target, rules: Rules) -> List[str]:
    argv = ["rsync", "--recursive", "--links", "--perms", "--times", "--hard-links"]
    if rules.chown:
        argv += ["--owner", "--group", f"--chown={rules.chown}"]
    if target.path is not None:
        # rrsync does not let this one through, and needs it not: its path is fixed.
        argv.append("--protect-args")
    argv += [f"--timeout={rules.io_timeout}", "-e", ssh_command(target)]
    return argv + [f"--exclude={pattern}" for pattern in rules.exclude]


def _flags(checksum: bool, dry_run: bool) -> List[str]:
    return (["--checksum"] if checksum else []) + (["--dry-run"] if dry_run else [])


def _ends(source: str, target: Target) -> List[str]:
    host = f"[{target.host}]" if ":" in target.host else target.host
    path = "." if target.path is None else target.path.rstrip("/") or "/"
    return ["--", source.rstrip("/") + "/", f"{target.user}@{host}:{path.rstrip('/')}/"]


def _reasons(what: str) -> List[str]:
    if "+" in what:
        return ["missing"]
    return [_WHY[letter] for letter in what[2:].lower() if letter in _WHY] or ["changed"]


def _quoted(word: str) -> str:
    """For the parser of ``-e``, which knows blanks and quotes only; a quote is doubled inside quotes."""
    return word if re.match(r"^[\w@%+=:,./-]+$", word) else "'" + word.replace("'", "''") + "'"
