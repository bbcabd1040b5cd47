#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The texts ``zmprov`` prints about itself (transcripts 61a, 70h to 70k)."""

from __future__ import annotations

_OPTIONS = """
zmprov [args] [cmd] [cmd-args ...]

  -h/--help                             display usage
  -f/--file                             use file as input stream
  -s/--server   {host}[:{port}]         server hostname and optional port
  -l/--ldap                             provision via LDAP instead of SOAP
  -L/--logpropertyfile                  log4j property file, valid only with -l
  -a/--account  {name}                  account name to auth as
  -p/--password {pass}                  password for account
  -P/--passfile {file}                  read password from file
  -z/--zadmin                           use zimbra admin name/password from localconfig for admin/password
  -y/--authtoken {authtoken}            use auth token string (has to be in JSON format) from command line
  -Y/--authtokenfile {authtoken file}   read auth token (has to be in JSON format) from a file
  -v/--verbose                          verbose mode (dumps full exception stack trace)
  -d/--debug                            debug mode (dumps SOAP messages)
  -m/--master                           use LDAP master (only valid with -l)
  -r/--replace                          allow replacement of safe-guarded multi-valued attributes configured in"""

_REST = ' localconfig key "zmprov_safeguarded_attrs"\n\n'

CATEGORIES = {
    "account": "help on account-related commands",
    "calendar": "help on calendar resource-related commands",
    "commands": "help on all commands",
    "config": "help on config-related commands",
    "cos": "help on COS-related commands",
    "domain": "help on domain-related commands",
    "freebusy": "help on free/busy-related commands",
    "list": "help on distribution list-related commands",
    "log": "help on logging commands",
    "misc": "help on misc commands",
    "mailbox": "help on mailbox-related commands",
    "reverseproxy": "help on reverse proxy related commands",
    "right": "help on right-related commands",
    "search": "help on search-related commands",
    "server": "help on server-related commands",
    "share": "help on share related commands",
}


def help_overview() -> str:
    lines = "".join(f"     zmprov help {name:<15} {text}\n" for name, text in CATEGORIES.items())
    return f" zmprov is used for provisioning. Try:\n\n{lines}\n"


def general_usage() -> str:
    return f"{_OPTIONS}{_REST}{help_overview()}"
