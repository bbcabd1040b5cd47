# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs ``main()`` of a module as Ansible does: options in, one JSON object on the real standard output out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args


def run_main(
    main: Callable[[], None],
    capsys: pytest.CaptureFixture[str],
    check: bool = False,
    diff: bool = False,
    **options: Any,
) -> dict[str, Any]:
    """Result of the module; ``failed`` is true when it said so. An option may be given as ``pass_``."""
    arguments = {name.rstrip("_"): value for name, value in options.items()}
    arguments.update(_ansible_check_mode=check, _ansible_diff=diff)
    capsys.readouterr()
    with patch_module_args(arguments), pytest.raises(SystemExit) as ended:
        main()
    printed = capsys.readouterr()
    result: dict[str, Any] = json.loads(printed.out)
    # Where a test before this one loaded the controller, Ansible shows warnings instead of returning them.
    result.setdefault("warnings", [" ".join(printed.err.split())])
    assert bool(ended.value.code) == bool(result.get("failed", False))
    return result
