# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options shared by the modules that run programs of the platform; documented in ``doc_fragments/zxsuite.py``."""

from typing import Any, Dict, Tuple

from ansible_collections.mailops.zimbra.plugins.module_utils._platform import Platform, detect, zxsuite_client
from ansible_collections.mailops.zimbra.plugins.module_utils._runner import Runner, module_runner
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite import Zxsuite


def platform_spec() -> Dict[str, Any]:
    """``home``, ``service_user`` and ``command_timeout``."""
    return {
        "home": {"type": "path"},
        "service_user": {"type": "str"},
        "command_timeout": {"type": "float", "default": 120.0},
    }


def platform_of(module: Any) -> Tuple[Platform, Runner]:
    """The platform these options mean, and a runner of its service user."""
    platform = detect(module.params["home"], module.params["service_user"])
    return platform, module_runner(module, platform.service_user)


def client_of(module: Any) -> Tuple[Platform, Runner, Zxsuite]:
    """The same with a client of the Backup module's command line."""
    platform, runner = platform_of(module)
    return platform, runner, zxsuite_client(platform, runner, module.params["command_timeout"])
