#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``zmcontrol``: version and state of the services (zimbra-operations.md 1.1, 1.3)."""

from __future__ import annotations

import pwd
from collections.abc import Mapping

from zimsim.commands.context import CommandContext
from zimsim.commands.registry import Program
from zimsim.config import Config

_ALWAYS = (
    "amavis", "antispam", "antivirus", "ldap", "logger", "mailbox", "memcached", "mta", "opendkim", "proxy", "snmp",
    "spell", "stats", "zmconfigd",
)  # fmt: skip
_WEB_APPLICATIONS = ("service", "zimbra", "zimbraAdmin", "zimlet")
# Their being stopped is no failure (zmcontrol_service_status_list).
_UNIMPORTANT = frozenset(("stats", "snmp", "logger", "spell"))
_PATCHES = {"8.8.15": "8.8.15_P40", "9.0.0": "9.0.0_P39"}


def version_line(config: Config) -> str:
    """As ``zmcontrol -v`` of that product prints it."""
    if config.is_carbonio:
        return f"Carbonio Release {config.version}\n"
    base = config.version if config.version.count(".") == 2 else f"{config.version}.0"
    patch = f", Patch {_PATCHES[base]}" if base in _PATCHES else ""
    return f"Release {base}_GA_3869.UBUNTU18_64.20190918004220 UBUNTU18_64 FOSS edition{patch}.\n"


def status_lines(hostname: str, stopped: Mapping[str, str]) -> tuple[str, int]:
    """The listing and its exit status; ``stopped`` maps a service to what its control script says about it."""
    lines = [f"Host {hostname}\n"]
    failed = False
    names = [*_ALWAYS, *(f"{name} webapp" for name in _WEB_APPLICATIONS)]
    for name in sorted(names):
        state = "Stopped" if name in stopped else "Running"
        lines.append(f"\t{name:<20} {state:>10}\n")
        if name in stopped:
            failed = failed or name not in _UNIMPORTANT
            if stopped[name]:
                lines.append(f"\t\t{stopped[name]}\n")
    return "".join(lines), int(failed)


_COMMANDS = {
    "restart": "Restart services",
    "shutdown": "Stop services",
    "start": "Start services",
    "startup": "Start services",
    "status": "Display service status",
    "stop": "Stop services",
}


def usage(config: Config) -> str:
    commands = "".join(f"\t\t{name:<32}{text}\n" for name, text in _COMMANDS.items())
    return (
        f"{version_line(config)}\n{config.bin}/zmcontrol [-v -h -H <host>] command [args]\n\n"
        "\t-v:\tdisplay version\n\t-h:\tprint usage statement\n\t-H:\tHost name (localhost)\n\n"
        f"\tCommand in:\n{commands}"
    )


def is_service_user(config: Config, uid: int) -> bool:
    try:
        return uid == pwd.getpwnam(config.service_user).pw_uid
    except KeyError:
        return False


def run(context: CommandContext) -> int:
    """Exit status 255 is perl's ``die``."""
    config = context.server.config
    if not is_service_user(config, context.uid):
        user = "zextras" if config.is_carbonio else "zimbra"
        context.err(f"Run as the {user} user!\n")
        return 255
    word = context.argv[0] if context.argv else ""
    if word == "-v":
        context.out(version_line(config))
        return 0
    if word == "status":
        text, status = status_lines(config.hostname, {})
        context.out(text)
        return status
    context.out(usage(config))
    return 1


PROGRAMS: dict[str, Program] = {"zmcontrol": run}
