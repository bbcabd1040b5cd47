# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings by name: read, compare, write what differs, read again to prove it. For properties and services alike."""

import json
from typing import Any, Callable, Dict, List, NamedTuple, Optional

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import CommandError, ParameterError
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_text import truth

Values = Dict[str, Optional[str]]

STARTED = "started"
STOPPED = "stopped"


class Outcome(NamedTuple):
    """``before`` and ``after`` have every name that was asked for; ``changed`` the names that were written."""

    before: Values
    after: Values
    changed: List[str]


def settle(
    wanted: Values,
    read: Callable[[List[str]], Values],
    write: Callable[[str, str], None],
    check_mode: bool,
    tries: int = 1,
    pause: Callable[[], None] = lambda: None,
) -> Outcome:
    """Make the settings what is ``wanted`` (``None``: only read it).

    ``read`` gets names and returns their values. After writing, a setting is read up to ``tries`` times with ``pause``
    between, and :class:`CommandError` is raised when it is still not what was written: an ``ok`` proves nothing.
    """
    names = list(wanted)
    before = read(names)
    differing = {
        name: value for name, value in wanted.items() if value is not None and not same(before.get(name), value)
    }
    if not differing or check_mode:
        return Outcome(before, dict(before, **differing), sorted(differing))
    for name, value in differing.items():
        write(name, value)
    after = read(names)
    for _again in range(tries - 1):
        if all(same(after.get(name), value) for name, value in differing.items()):
            break
        pause()
        after = read(names)
    wrong = {name: after.get(name) for name, value in differing.items() if not same(after.get(name), value)}
    if wrong:
        told = ", ".join(f"{name} is {wrong[name]}, not {wanted[name]}" for name in sorted(wrong))
        raise CommandError(
            f"The server took the change and did not make it: {told}.", before=before, after=after, wanted=wanted
        )
    return Outcome(before, after, sorted(differing))


def same(one: Optional[str], other: Optional[str]) -> bool:
    """Equal as settings are: booleans in any case, JSON by what it says, text as it stands."""
    if one is None or other is None:
        return one is other
    if truth(one) is not None:
        return truth(one) == truth(other)
    if one.strip().startswith(("{", "[")):
        try:
            return bool(json.loads(one) == json.loads(other))
        except ValueError:
            return one == other
    return one == other


def property_values(given: Dict[str, Any]) -> Values:
    """What a playbook writes as the platform writes it: booleans as ``TRUE``/``FALSE``, structures as JSON."""
    values: Values = {}
    for name, value in given.items():
        if isinstance(value, bool):
            values[name] = "TRUE" if value else "FALSE"
        elif isinstance(value, (dict, list)):
            values[name] = json.dumps(value, separators=(",", ":"), sort_keys=True)
        else:
            values[name] = None if value is None else str(value)
    return values


def service_values(given: Dict[str, Any]) -> Values:
    """``started``, ``stopped`` or ``None`` by service; raises :class:`ParameterError` for anything else."""
    for name, value in given.items():
        if value not in (STARTED, STOPPED, None):
            raise ParameterError(f"services: {name} is to be {value!r}. Write '{STARTED}' or '{STOPPED}'.")
    return dict(given)


def service_states(services: Dict[str, Dict[str, Any]], names: List[str], missing_ok: bool) -> Values:
    """The states of ``names`` in what the platform lists; one it does not have is ``None`` or an error."""
    absent = [name for name in names if name not in services]
    if absent and not missing_ok:
        raise ParameterError(
            f"This platform has no service {', '.join(absent)}. It has: {', '.join(sorted(services))}.",
            services=sorted(services),
        )
    return {
        name: None if name in absent else (STARTED if truth(services[name].get("running")) else STOPPED)
        for name in names
    }
