# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user asked for, checked before anything is touched, and the units it comes to.

Pure: takes what the inventory says as plain values and returns plain values. Every refusal names the variable, the
value it has and the remedy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import ParameterError

SOURCE_GROUP = "zimbra_source"
DESTINATION_GROUP = "zimbra_destination"

# Phases of each procedure, in the order in which they are run.
PROCEDURES: dict[str, tuple[str, ...]] = {
    "smartscan": ("precheck", "initial", "delta", "cutover", "postcheck", "report"),
}
# The ledger's word for how a unit of the procedure is exported; it never changes during a migration.
METHODS = {"smartscan": "smart_scan"}

# Words of the design that this version does not know yet: they get an honest answer instead of "unknown".
_LATER_PROCEDURES = frozenset({"per_domain", "provisioning_only", "split_domain", "mailbox_move", "imap", "rest"})
_LATER_PHASES = {
    "rollback": "A cutover's mail flow is taken back with the playbook mailops.zimbra.mailflow_undo; "
    "mail that arrived on the Destination is not carried back yet.",
}

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
# In brackets: without them the MTA would look for an MX record, which could lead back to the Source.
_TRANSPORT = re.compile(r"smtp:\[[^\[\]\s]+\](:\d{1,5})?")
# Spaces would need quoting in the command that an authorized key is restricted to.
_DIRECTORY = re.compile(r"/[A-Za-z0-9._/+@=-]+")

HostVars = Callable[[str, str], Any]


@dataclass(frozen=True)
class Request:
    """The variables of the user as they came, None where one is not set."""

    procedure: str | None
    phase: str | None
    name: str | None = None
    mail_target: str | None = None
    report_dest: str | None = None


@dataclass(frozen=True)
class Inventory:
    """What is asked of the inventory: groups with their hosts, and one variable of one host (None: not set)."""

    groups: Mapping[str, Sequence[str]]
    variable: HostVars

    def text(self, host: str, name: str, default: str = "") -> str:
        value = self.variable(host, name)
        return default if value in (None, "") else str(value)


def plan(request: Request, inventory: Inventory, directory: str) -> dict[str, Any]:
    """Check everything and return the plan, or raise :class:`ParameterError`.

    ``directory`` is where the controller was started from: a relative or missing ``report_dest`` lies there.
    The plan: procedure, phase, name, mail_target per unit and ``units``, a list of dictionaries (see :func:`_unit`).
    """
    procedure = _procedure(request.procedure)
    phase = _phase(request.phase, procedure)
    name = request.name or "migration"
    _match(_NAME, "migration_name", name, "Use letters, digits, dots, underscores and hyphens only.")
    sources, destinations = _hosts(inventory)
    units = [
        _unit(procedure, source, _destination_of(source, destinations, inventory), request, inventory)
        for source in sources
    ]
    led: set[str] = set()
    for unit in units:
        unit["alone"] = len(units) == 1
        # What is done once per ledger (the report) is done for the first unit of each Destination.
        unit["leads"] = unit["destination"]["host"] not in led
        led.add(unit["destination"]["host"])
    return {
        "procedure": procedure,
        "phase": phase,
        "name": name,
        "report_dest": _report_dest(request.report_dest, directory),
        "units": units,
    }


def _procedure(value: str | None) -> str:
    known = ", ".join(PROCEDURES)
    if not value:
        raise ParameterError(
            f"The variable 'procedure' is not set. Say how to migrate: -e procedure=NAME, one of: {known}."
        )
    if value in _LATER_PROCEDURES:
        raise ParameterError(
            f"procedure={value} is not there yet in this version of mailops.zimbra. "
            f"Set the variable 'procedure' to one of: {known}."
        )
    if value not in PROCEDURES:
        raise ParameterError(f"procedure={value} is unknown. Set the variable 'procedure' to one of: {known}.")
    return value


def _phase(value: str | None, procedure: str) -> str:
    known = ", ".join(PROCEDURES[procedure])
    if not value:
        raise ParameterError(
            f"The variable 'phase' is not set. Say what to do now: -e phase=NAME, in this order: {known}."
        )
    if value in _LATER_PHASES:
        raise ParameterError(
            f"phase={value} is not there yet in this version of mailops.zimbra. {_LATER_PHASES[value]} "
            f"Set the variable 'phase' to one of: {known}."
        )
    if value not in PROCEDURES[procedure]:
        raise ParameterError(
            f"phase={value} is unknown to procedure={procedure}. Set the variable 'phase' to one of: {known}."
        )
    return value


def _hosts(inventory: Inventory) -> tuple[list[str], list[str]]:
    sources = list(inventory.groups.get(SOURCE_GROUP, ()))
    destinations = list(inventory.groups.get(DESTINATION_GROUP, ()))
    for group, hosts, role in (
        (SOURCE_GROUP, sources, "the mailstores that are migrated from"),
        (DESTINATION_GROUP, destinations, "the mailstores that are migrated to"),
    ):
        if not hosts:
            state = "has no hosts" if group in inventory.groups else "is missing from the inventory"
            raise ParameterError(
                f"The group {group} {state}. Add it to the inventory given with -i and put {role} into it "
                "(docs/inventory.md has examples)."
            )
    both = sorted(set(sources) & set(destinations))
    if both:
        raise ParameterError(
            f"The host {both[0]} is in both groups, {SOURCE_GROUP} and {DESTINATION_GROUP}. "
            "A platform cannot be migrated onto itself: leave it in one of them."
        )
    return sources, destinations


def _destination_of(source: str, destinations: Sequence[str], inventory: Inventory) -> str:
    chosen = inventory.text(source, "migration_destination")
    if chosen:
        if chosen not in destinations:
            raise ParameterError(
                f"migration_destination={chosen} of the host {source} is not in the group {DESTINATION_GROUP}. "
                f"Set it to one of: {', '.join(destinations)}."
            )
        return chosen
    if len(destinations) > 1:
        raise ParameterError(
            f"The variable 'migration_destination' of the host {source} is not set, and the group "
            f"{DESTINATION_GROUP} has {len(destinations)} hosts. "
            f"Set it to the one that takes this mailstore: {', '.join(destinations)}."
        )
    return destinations[0]


def _unit(procedure: str, source: str, destination: str, request: Request, inventory: Inventory) -> dict[str, Any]:
    """Everything the plays need to know of one unit, so that no play has to derive it.

    ``source`` and ``destination`` are dictionaries with host, directory, home, service_user (the last two empty: the
    modules find them); ``destination`` has also how the Source reaches it by ssh. All paths are absolute.
    """
    name = f"{procedure}-{source}"
    _match(_NAME, "inventory name of the Source", source, "It becomes part of paths: rename the host in the inventory.")
    here, there = _side(source, inventory), _side(destination, inventory)
    there["ssh"] = _ssh(destination, there["address"], inventory)
    there["localconfig"] = _localconfig(destination, inventory)
    target = request.mail_target or inventory.text(destination, "migration_mail_target")
    target = target or f"smtp:[{there['address']}]:25"
    _match(_TRANSPORT, "migration_mail_target", target, "Write a transport of the MTA, as smtp:[new.example.com]:25.")
    return {
        "name": name,
        "method": METHODS[procedure],
        "source": here,
        "destination": there,
        "mail_target": target,
        "ledger": f"{there['directory']}/ledger.db",
        "import_path": f"{there['directory']}/import/{name}",
        "key_directory": f"{here['directory']}/keys/{name}",
        "evidence": {
            "source": f"{here['directory']}/evidence/{name}-source.jsonl.gz",
            "source_copy": f"{there['directory']}/evidence/{name}-source.jsonl.gz",
            "destination": f"{there['directory']}/evidence/{name}-destination.jsonl.gz",
        },
    }


def _side(host: str, inventory: Inventory) -> dict[str, Any]:
    directory = inventory.text(host, "migration_dir", "/opt/migration").rstrip("/")
    _match(
        _DIRECTORY,
        f"migration_dir of the host {host}",
        directory,
        "Give an absolute path without blanks, on a file system with room for the copy.",
    )
    return {
        "host": host,
        "address": inventory.text(host, "ansible_host", host),
        "directory": directory,
        "home": inventory.text(host, "zimbra_home"),
        "service_user": inventory.text(host, "zimbra_service_user"),
    }


def _ssh(host: str, address: str, inventory: Inventory) -> dict[str, Any]:
    """How the Source logs in on the Destination to push the copy."""
    port = inventory.text(host, "migration_ssh_port") or inventory.text(host, "ansible_port", "22")
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise ParameterError(
            f"migration_ssh_port={port} of the host {host} is not a port. Give a number from 1 to 65535."
        )
    return {
        "address": inventory.text(host, "migration_ssh_address", address),
        "port": int(port),
        "user": inventory.text(host, "migration_ssh_user"),
        "authorized_keys": inventory.text(host, "migration_ssh_authorized_keys"),
        "host_key": inventory.text(host, "migration_ssh_host_key", "/etc/ssh/ssh_host_ed25519_key.pub"),
        "rrsync": inventory.text(host, "migration_rrsync", "/usr/bin/rrsync"),
    }


def _localconfig(host: str, inventory: Inventory) -> dict[str, bool]:
    """Keys of localconfig that are set on the Destination for the time of a pass (F10 of the reference)."""
    value = inventory.text(host, "migration_lmtp_validate", "true")
    if value.lower() not in ("true", "false", "yes", "no"):
        raise ParameterError(
            f"migration_lmtp_validate={value} of the host {host} is not a boolean. Write true or false."
        )
    return {} if value.lower() in ("true", "yes") else {"zimbra_lmtp_validate_messages": False}


def _report_dest(value: str | None, directory: str) -> str:
    """The controller's directory for the report, absolute: a collection's own playbook directory is no place for it."""
    if not value:
        return directory
    return value if value.startswith("/") else f"{directory.rstrip('/')}/{value}"


def _match(pattern: re.Pattern[str], variable: str, value: str, remedy: str) -> None:
    if not pattern.fullmatch(value):
        raise ParameterError(f"{variable}={value} cannot be used. {remedy}")
