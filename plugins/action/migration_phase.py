# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller side of the module migration_phase: it reads the inventory, so it never leaves the controller."""

from __future__ import annotations

import os
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import MailopsError
from ansible_collections.mailops.zimbra.plugins.plugin_utils._phase import Inventory, Request, plan


class ActionModule(ActionBase):
    """Check what was asked for and plan the units. Nothing runs on any host."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        task_vars = task_vars or {}
        text = {"type": "str"}
        _validation, options = self.validate_argument_spec(
            {"procedure": text, "phase": text, "name": text, "mail_target": text, "report_dest": text}
        )
        hostvars = task_vars["hostvars"]
        inventory = Inventory(task_vars["groups"], lambda host, name: hostvars[host].get(name))
        try:
            found = plan(Request(**options), inventory, os.getcwd())
        except MailopsError as error:
            return result | error.as_failure() | {"failed": True}
        return result | {"changed": False, "plan": found}
