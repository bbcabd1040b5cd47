#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``zimsim inspect``: reads a server's database and blobs directly, whether it runs or not.

It shares no code with what serves SOAP, REST or the backup: a module that went through those is not checked with them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from zimsim.inspect.report import print_accounts, print_message_ids
from zimsim.inspect.sent import print_sent
from zimsim.inspect.stores import Stores
from zimsim.inspect.tamper import ACTIONS, Tamper


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``zimsim inspect``."""
    parser.add_argument("directory", type=Path)
    parser.add_argument("--account", metavar="ADDRESS", help="one account instead of all")
    parser.add_argument("--json", action="store_true", help="one JSON document with every folder and item")
    parser.add_argument("--no-blobs", action="store_true", help="trust the database, read no blob")
    parser.add_argument("--message-ids", action="store_true", help="count each Message-ID in each mailbox")
    parser.add_argument("--sent", type=Path, metavar="LOG", help="look for what 'zimsim send' logged as accepted")
    parser.set_defaults(run=_inspect)
    actions = parser.add_subparsers(dest="action", metavar="tamper")
    tamper = actions.add_parser("tamper", help="change the store behind the server's back, for tests")
    tamper.add_argument("change", choices=sorted(ACTIONS))
    tamper.add_argument("--account", required=True, metavar="ADDRESS", dest="victim")
    tamper.add_argument("--folder", default="/Inbox", metavar="PATH")
    chosen = tamper.add_mutually_exclusive_group()
    chosen.add_argument("--subject", metavar="TEXT", help="default: the first message of the folder")
    chosen.add_argument("--id", type=int, metavar="N")
    tamper.add_argument(
        "--blob-only", action="store_true", help="truncate: the file alone, the database keeps its digest"
    )
    tamper.set_defaults(run=_tamper)


def _inspect(arguments: argparse.Namespace) -> int:
    """Exit status 1 when a blob is missing or wrong, or when sent mail is lost or doubled."""
    stores = Stores.of_directory(arguments.directory)
    try:
        if arguments.sent is not None:
            return print_sent(stores, arguments.sent, as_json=arguments.json)
        if arguments.message_ids:
            return print_message_ids(stores, arguments.account, as_json=arguments.json)
        return print_accounts(stores, arguments.account, as_json=arguments.json, blobs=not arguments.no_blobs)
    finally:
        stores.close()


def _tamper(arguments: argparse.Namespace) -> int:
    stores = Stores.of_directory(arguments.directory, writable=True)
    try:
        tamper = Tamper(stores, arguments.victim, arguments.folder, arguments.subject, arguments.id)
        print(tamper.apply(arguments.change, blob_only=arguments.blob_only))
    finally:
        stores.close()
    return 0
