# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m labhosts up|down|exec|clean``: the hosts of a lab from the command line."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from labhosts import network
from labhosts.lab import Lab, exec_on
from labhosts.plan import PREFIX, LabError, plan


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="labhosts", description=__doc__)
    verbs = top.add_subparsers(dest="verb", required=True)
    for verb, text in (
        ("up", "make the hosts; prints their addresses, ssh settings and host keys as JSON"),
        ("down", "remove the hosts of this lab"),
        ("exec", "run a command on one host"),
    ):
        one = verbs.add_parser(verb, help=text)
        one.add_argument("--lab", required=True, help="name of the lab, part of the names of its namespaces")
        one.add_argument("--directory", required=True, type=Path, help="where keys and ssh settings are kept")
        one.add_argument("--hosts", nargs="+", default=["source", "destination"])
        one.add_argument("--network", default="10.77.0.0/24")
        if verb == "exec":
            one.add_argument("--host", required=True)
            one.add_argument("command", nargs=argparse.REMAINDER)
    verbs.add_parser("clean", help="remove the hosts of every lab that was left behind")
    return top


def main() -> int:
    options = parser().parse_args()
    try:
        if options.verb == "clean":
            removed = network.remove(f"{PREFIX}-") if os.geteuid() == 0 else []
            print(f"removed: {', '.join(removed) or 'nothing'}")
            return 0
        lab = Lab(plan(options.lab, options.hosts, options.directory.absolute(), options.network))
        if options.verb == "exec":
            exec_on(lab, options.host, [word for word in options.command if word != "--"])
        elif options.verb == "down":
            print(f"removed: {', '.join(lab.down()) or 'nothing'}")
        else:
            lab.up()
            made = lab.plan
            print(
                json.dumps(
                    {
                        "hosts": {host.name: host.address for host in made.hosts},
                        "controller": made.controller_address,
                        "ssh_config": str(made.ssh_config),
                        "key": str(made.key),
                        "known_hosts": str(made.known_hosts),
                    },
                    indent=2,
                )
            )
    except LabError as error:
        print(f"labhosts: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
