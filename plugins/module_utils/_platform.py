# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which platform a host is, where its programs are, who runs them; and what its own small programs say.

Sources: reference zextras-cli 1.1 (products, binaries, users), zimbra-operations 1.1 to 1.4 (zmcontrol, zmlocalconfig)
and 1.9 (zmprov).
"""

import os
import re
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from ansible_collections.mailops.zimbra.plugins.module_utils._dialect import CARBONIO, NG, SUITE
from ansible_collections.mailops.zimbra.plugins.module_utils._errors import CommandError, PlatformError
from ansible_collections.mailops.zimbra.plugins.module_utils._runner import Runner
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite import Zxsuite

ZIMBRA_HOME = "/opt/zimbra"
CARBONIO_HOME = "/opt/zextras"
ZIMBRA = "zimbra"
SERVICE_USERS = {ZIMBRA: "zimbra", CARBONIO: "zextras"}
# `zmcontrol status` may take 180 s by its own watchdog (zimbra-operations 1.1); -v and zmprov start a JVM or dpkg.
PROGRAM_TIMEOUT = 200.0

_RELEASE = re.compile(r"Release\s+(\d+)\.(\d+)\.(\d+)(\S*)")
_EDITION = re.compile(r"\b(NETWORK|FOSS)\b")
_PATCH = re.compile(r"Patch\s+\S+?_P(\d+)")
_ATTRIBUTE = re.compile(r"^([A-Za-z][\w;-]*): ?(.*)$")

Exists = Callable[[str], bool]


class Platform(NamedTuple):
    """``product``: zimbra or carbonio. ``zxsuite``: path of the command line of the Backup module, if there is one."""

    product: str
    home: str
    service_user: str
    zxsuite: Optional[str]
    network_edition: bool

    def program(self, name: str) -> str:
        """Path of one of the platform's own programs (zmprov, zmcontrol ...)."""
        return f"{self.home}/bin/{name}"

    @property
    def dialect(self) -> Optional[str]:
        """Suite, NG or Carbonio; ``None`` without the Backup module's command line.

        The Network Edition of 8.8 and 9 ships NG; the open source edition can only have Suite (zextras-cli 1).
        """
        if self.zxsuite is None:
            return None
        if self.product == CARBONIO:
            return CARBONIO
        return NG if self.network_edition else SUITE


class Version(NamedTuple):
    """``text``: the line of ``zmcontrol -v``. ``number``: (major, minor, micro). ``patch``: Zimbra's patch level."""

    text: str
    number: Tuple[int, int, int]
    edition: str
    patch: Optional[int]


def detect(home: Optional[str] = None, service_user: Optional[str] = None, exists: Exists = os.path.exists) -> Platform:
    """Find the platform of this host; raises :class:`PlatformError` when there is none (or none in ``home``)."""
    for directory in [home] if home else [CARBONIO_HOME, ZIMBRA_HOME]:
        directory = directory.rstrip("/")
        product = _product(directory, exists)
        if product is None:
            continue
        programs = ("carbonio",) if product == CARBONIO else ("zxsuite",)
        command = next((f"{directory}/bin/{one}" for one in programs if exists(f"{directory}/bin/{one}")), None)
        if product == CARBONIO and command and not _is_advanced(directory, exists):
            command = None
        return Platform(
            product=product,
            home=directory,
            service_user=service_user or SERVICE_USERS[product],
            zxsuite=command,
            network_edition=exists(f"{directory}/bin/zmbackupquery"),
        )
    where = home or f"{CARBONIO_HOME} or {ZIMBRA_HOME}"
    raise PlatformError(
        f"There is no Zimbra and no Carbonio in {where}: no bin/zmcontrol. "
        "Run this on a mailstore, or say with 'home' where the platform is.",
        home=where,
    )


def zxsuite_client(platform: Platform, runner: Runner, timeout: Optional[float] = None) -> Zxsuite:
    """The client of this platform's Backup module; raises :class:`PlatformError` with the reason when there is none."""
    if platform.zxsuite is None or platform.dialect is None:
        if platform.product == CARBONIO:
            reason = "this is Carbonio Community Edition, which has no Backup module"
        else:
            reason = "Zextras Suite or NG is not installed; Zimbra 10 has no such module at all"
        raise PlatformError(f"No zxsuite in {platform.home}/bin: {reason}.", home=platform.home)
    if timeout is None:
        return Zxsuite(runner, platform.zxsuite, platform.dialect)
    return Zxsuite(runner, platform.zxsuite, platform.dialect, timeout)


def parse_version(text: str) -> Optional[Version]:
    """``zmcontrol -v`` of any era; ``None`` when there is no release in it."""
    found = _RELEASE.search(text)
    if found is None:
        return None
    line = next(line.strip() for line in text.splitlines() if _RELEASE.search(line))
    edition = _EDITION.search(text)
    patch = _PATCH.search(text)
    major, minor, micro = int(found.group(1)), int(found.group(2)), int(found.group(3))
    return Version(
        text=line,
        number=(major, minor, micro),
        edition="carbonio" if "Carbonio" in text else (edition.group(1) if edition else ""),
        # Zimbra 10 writes the highest patch of its packages as the third number.
        patch=int(patch.group(1)) if patch else (micro if major >= 10 else None),
    )


def read_version(runner: Runner, platform: Platform) -> Version:
    """Ask ``zmcontrol -v``; raises :class:`PlatformError` when it tells no release."""
    result = runner.run([platform.program("zmcontrol"), "-v"], timeout=PROGRAM_TIMEOUT)
    version = parse_version(result.out + "\n" + result.err)
    if version is None:
        raise PlatformError(
            f"zmcontrol -v tells no release: {(result.out + result.err).strip()[:300] or 'no output'}",
            rc=result.rc,
        )
    return version


def localconfig(runner: Runner, platform: Platform, keys: List[str]) -> Dict[str, str]:
    """Some keys of localconfig, expanded; what is not set is left out. Not for passwords (they print as ``*``)."""
    values = {}
    for line in _output(runner, platform, ["zmlocalconfig", "-q", "-x"] + keys).splitlines():
        key, separator, value = line.partition(" =")
        if separator and key.strip() in keys and value.strip():
            values[key.strip()] = value.strip()
    return values


def zmprov_attributes(runner: Runner, platform: Platform, words: List[str]) -> Dict[str, List[str]]:
    """The attributes ``zmprov -l`` prints for one entry. Ask for named ones: free text can forge lines (R59)."""
    return parse_attributes(_output(runner, platform, ["zmprov", "-l"] + words))


def parse_attributes(text: str) -> Dict[str, List[str]]:
    """``# name X`` and ``attr: value`` lines; a line of neither kind goes on with the value before it."""
    attributes: Dict[str, List[str]] = {}
    last: Optional[List[str]] = None
    for line in text.splitlines():
        pair = _ATTRIBUTE.match(line)
        if pair:
            last = attributes.setdefault(pair.group(1), [])
            last.append(pair.group(2))
        elif line.startswith("# name ") and last is None:
            continue
        elif last is not None and line:
            last[-1] += "\n" + line
    return attributes


def zmprov_lines(runner: Runner, platform: Platform, words: List[str]) -> List[str]:
    """The lines a listing command of ``zmprov`` (gac, gaa, gad, gqu) prints."""
    text = _output(runner, platform, ["zmprov"] + words)
    return [line.strip() for line in text.splitlines() if line.strip()]


def _output(runner: Runner, platform: Platform, words: List[str]) -> str:
    """What one of the platform's own programs prints; raises :class:`CommandError` when it says it failed."""
    result = runner.run([platform.program(words[0])] + words[1:], timeout=PROGRAM_TIMEOUT)
    if result.rc != 0:
        said = (result.err or result.out).strip()[:300]
        raise CommandError(f"{' '.join(words[:3])} ended with exit status {result.rc}: {said}", rc=result.rc)
    return result.out


def _product(home: str, exists: Exists) -> Optional[str]:
    if not exists(f"{home}/bin/zmcontrol") and not exists(f"{home}/bin/zmprov"):
        return None
    return CARBONIO if exists(f"{home}/bin/carbonio") or exists(f"{home}/.version") else ZIMBRA


def _is_advanced(home: str, exists: Any) -> bool:
    """The vendor's own test: the jars of the Advanced modules (zextras-cli 1.1)."""
    directory = f"{home}/lib/ext/carbonio"
    if not exists(directory):
        # Elsewhere in a relocated installation: the command itself will say what it lacks.
        return home != CARBONIO_HOME
    return any(name.startswith("carbonio-advanced-") for name in os.listdir(directory))
