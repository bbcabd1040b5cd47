# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of localconfig that a migration sets for a while (reference: zimbra-operations 1.4)."""

import re
from typing import Any, Dict, List

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import CommandError, ParameterError
from ansible_collections.mailops.zimbra.plugins.module_utils._platform import Platform, localconfig
from ansible_collections.mailops.zimbra.plugins.module_utils._runner import Runner
from ansible_collections.mailops.zimbra.plugins.module_utils._settings import Values

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_TIMEOUT = 60.0


def key_values(given: Dict[str, Any]) -> Values:
    """Values as localconfig writes them; :class:`ParameterError` for a name that cannot be one, or holds a secret."""
    values: Values = {}
    for name, value in given.items():
        if not _KEY.fullmatch(name):
            raise ParameterError(f"keys: {name!r} is not a key of localconfig. Use letters, digits and underscores.")
        if "password" in name:
            raise ParameterError(
                f"keys: {name} holds a password, which would be seen in the process list. "
                "Set it on the server with zmlocalconfig -f -e -r, or by the platform's own tool for it."
            )
        if value == "":
            raise ParameterError(f"keys: {name} is to be empty. Give a value, or null to only read it.")
        values[name] = str(value).lower() if isinstance(value, bool) else (None if value is None else str(value))
    return values


def read_keys(runner: Runner, platform: Platform, names: List[str]) -> Values:
    """The values now; a key without one is ``None``. An unknown key is only a warning of the platform."""
    found = localconfig(runner, platform, names)
    return {name: found.get(name) for name in names}


def write_key(runner: Runner, platform: Platform, name: str, value: str) -> None:
    """Set one key; the service user has to do it, root is refused by the platform."""
    result = runner.run([platform.program("zmlocalconfig"), "-e", f"{name}={value}"], timeout=_TIMEOUT)
    said = (result.err or result.out).strip()
    if result.rc != 0 or said.startswith("Error:"):
        raise CommandError(f"zmlocalconfig did not set {name}: {said or f'exit status {result.rc}'}", rc=result.rc)
