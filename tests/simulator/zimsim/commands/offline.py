#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the command programs say while the server's mail process is down.

Copied to HOME/.zimsim and run by the programs in HOME/bin: the standard library alone, Python 3.6 or newer.
"""

import os
import re
import sys

SERVICES = ("amavis", "antispam", "antivirus", "ldap", "logger", "mailbox", "memcached", "mta", "opendkim", "proxy",
            "service webapp", "snmp", "spell", "stats", "zimbra webapp", "zimbraAdmin webapp", "zimlet webapp",
            "zmconfigd")  # fmt: skip
MAILBOX = ("mailbox", "service webapp", "zimbra webapp", "zimbraAdmin webapp", "zimlet webapp")


def main(home: str, prog: str, argv: "list[str]") -> int:
    answer = {"zmprov": zmprov, "zmmailbox": zmprov, "zmcontrol": zmcontrol, "zmlocalconfig": zmlocalconfig}
    return answer.get(prog, backup_cli)(home, argv)


def backup_cli(home: str, argv: "list[str]") -> int:
    """zxsuite and carbonio: a failure with exit status 0."""
    print("Unable to communicate with server")
    return 0


def zmprov(home: str, argv: "list[str]") -> int:
    sys.stderr.write(
        "ERROR: zclient.IO_ERROR (invoke Connection refused, server: localhost)"
        " (cause: java.net.ConnectException Connection refused)\n"
    )
    return 2


def zmcontrol(home: str, argv: "list[str]") -> int:
    """The directory and the MTA run on, the mail process does not."""
    if argv[:1] != ["status"]:
        print("Unable to start: the simulator's server is started with zimsim start")
        return 1
    values = dict(read_localconfig(home))
    print("Host {}".format(values.get("zimbra_server_hostname", "localhost")))
    for service in SERVICES:
        state = "Stopped" if service in MAILBOX else "Running"
        print(f"\t{service:<20}    {state}")
        if service == "mailbox":
            print("\t\tmailboxd is not running.")
    return 1


def zmlocalconfig(home: str, argv: "list[str]") -> int:
    """``[-s] [-q] [-x] [-m nokey] [KEY ...]``: reads the file, which needs no server."""
    plain = "-m" in argv and "nokey" in argv
    show = "-s" in argv
    names = [arg for arg in argv if not arg.startswith("-") and arg not in ("nokey", "plain")]
    values = dict(read_localconfig(home))
    for name in names or sorted(values):
        if name not in values:
            if "-q" not in argv:
                sys.stderr.write(f"Warning: null valued key '{name}'\n")
            continue
        value = values[name] if show or "password" not in name else "*"
        print(value if plain else f"{name} = {value}")
    return 0


def read_localconfig(home: str) -> "list[tuple[str, str]]":
    found = []
    with open(os.path.join(home, "conf", "localconfig.xml")) as stream:
        text = stream.read()
    for name, value in re.findall(r'<key name="([^"]+)">\s*<value>(.*?)</value>', text, re.S):
        for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
            value = value.replace(entity, character)
        found.append((name, value))
    return found
