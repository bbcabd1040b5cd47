#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``zimsim``: makes, starts, fills, looks into, breaks and stops simulated servers."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from pathlib import Path

from zimsim import creation, process
from zimsim.config import Config
from zimsim.faults import NAMES, Faults
from zimsim.journal import Journal


def _parser() -> argparse.ArgumentParser:
    """A module of a bigger command offers ``configure(parser)``: it adds arguments and ``run(arguments) -> status``."""
    parser = argparse.ArgumentParser(prog="zimsim", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    make = commands.add_parser("create", help="make an empty server")
    make.add_argument("directory", type=Path)
    make.add_argument("--product", choices=("zimbra", "carbonio"), default="zimbra")
    make.add_argument("--version", help="default: 8.8.15, on Carbonio 25.12.0")
    make.add_argument("--suite", choices=("suite", "ng"), default="suite", help="the backup's dialect on Zimbra")
    make.add_argument("--address", default="127.0.0.1")
    make.add_argument("--hostname", default="mail.source.test")
    make.add_argument("--home", type=Path, help="default: DIRECTORY/opt/zimbra, on Carbonio DIRECTORY/opt/zextras")
    make.add_argument("--service-user", default="", help="default: the current user")
    make.add_argument("--admin", default="admin@test.com")
    ports = make.add_mutually_exclusive_group()
    ports.add_argument("--port-base", type=int, help="five consecutive ports from here on; default: free ones")
    ports.add_argument("--privileged-ports", action="store_true", help="the platform's real ports (needs root)")
    make.set_defaults(run=_create)

    for name, function, text in (
        ("start", _start, "start the server and wait until it listens"),
        ("stop", _stop, "end the server in order"),
        ("kill", _kill, "end the server as a crash would (SIGKILL)"),
        ("status", _status, "say whether it runs; exit status 1 when not"),
        ("target", _target, "print the target file for tests"),
    ):
        simple = commands.add_parser(name, help=text)
        simple.add_argument("directory", type=Path)
        simple.set_defaults(run=function)

    fault = commands.add_parser("fault", help="set, clear and list faults", epilog="names: " + ", ".join(NAMES))
    fault.add_argument("directory", type=Path)
    fault.add_argument("action", choices=("set", "clear", "list"))
    fault.add_argument("name", nargs="?")
    fault.add_argument("parameters", nargs="*", metavar="key=value")
    fault.set_defaults(run=_fault)

    journal = commands.add_parser("journal", help="print the mutating calls")
    journal.add_argument("directory", type=Path)
    journal.add_argument("--since", type=int, default=0, metavar="SEQ")
    journal.add_argument("--json", action="store_true")
    journal.add_argument("--count", action="store_true")
    journal.set_defaults(run=_journal)

    for name, module, text in (
        ("fill", "zimsim.corpus.fill", "fill it with people and mail"),
        ("inspect", "zimsim.inspect", "read its stores directly"),
        ("send", "zimsim.sender", "keep sending mail to it"),
    ):
        part = commands.add_parser(name, help=text)
        if sys.argv[1:2] == [name]:
            # Only then: the other commands must not wait for what these import.
            importlib.import_module(module).configure(part)
    return parser


def _create(arguments: argparse.Namespace) -> int:
    carbonio = arguments.product == "carbonio"
    directory = arguments.directory.resolve()
    home = arguments.home.resolve() if arguments.home else directory / "opt" / ("zextras" if carbonio else "zimbra")
    config = Config(
        directory=directory,
        home=home,
        product=arguments.product,
        version=arguments.version or ("25.12.0" if carbonio else "8.8.15"),
        suite="carbonio" if carbonio else arguments.suite,
        address=arguments.address,
        hostname=arguments.hostname,
        service_user=arguments.service_user,
        admin=arguments.admin,
    )
    ports = None
    if arguments.privileged_ports or arguments.port_base:
        ports = creation.ports_from(0 if arguments.privileged_ports else arguments.port_base)
    creation.create(config, ports=ports)
    return 0


def _start(arguments: argparse.Namespace) -> int:
    return process.start(Config.load(arguments.directory))


def _stop(arguments: argparse.Namespace) -> int:
    return process.stop(Config.load(arguments.directory))


def _kill(arguments: argparse.Namespace) -> int:
    return process.kill(Config.load(arguments.directory))


def _status(arguments: argparse.Namespace) -> int:
    pid = process.running(Config.load(arguments.directory))
    print(f"running, process {pid}" if pid else "stopped")
    return 0 if pid else 1


def _target(arguments: argparse.Namespace) -> int:
    print(json.dumps(Config.load(arguments.directory).target(), indent=1))
    return 0


def _fault(arguments: argparse.Namespace) -> int:
    faults = Faults(Config.load(arguments.directory).state / "faults.json")
    if arguments.action == "list":
        print(json.dumps(faults.list(), indent=1))
        return 0
    if arguments.action == "clear":
        faults.clear(arguments.name)
        return 0
    if arguments.name is None:
        raise SystemExit("zimsim fault DIR set NAME [key=value ...]")
    faults.set(arguments.name, dict(_parameter(text) for text in arguments.parameters))
    return 0


def _parameter(text: str) -> tuple[str, object]:
    key, equals, value = text.partition("=")
    if not equals:
        raise SystemExit(f"not a key=value: {text}")
    return key, int(value) if value.lstrip("-").isdigit() else value


def _journal(arguments: argparse.Namespace) -> int:
    journal = Journal(Config.load(arguments.directory).state / "journal.jsonl")
    if arguments.count:
        print(journal.count(arguments.since))
        return 0
    for line in journal.lines(arguments.since):
        if arguments.json:
            print(json.dumps(line, ensure_ascii=False))
        else:
            print(f"{line['seq']:>6} {line['surface']:<8} {line['caller']:<30} {line['action']:<30} {line['target']}")
    return 0


def main() -> None:
    arguments = _parser().parse_args()
    try:
        status: int = arguments.run(arguments)
    except (FileNotFoundError, FileExistsError, ValueError, process.NotStarted) as problem:
        raise SystemExit(f"zimsim: {problem}") from None
    sys.exit(status)


if __name__ == "__main__":
    main()
