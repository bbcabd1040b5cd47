# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All checks before a migration, in the order in which a reader wants them, and what is accepted."""

from typing import Any, Dict, List

from ansible_collections.mailops.zimbra.plugins.module_utils import _precheck as checks
from ansible_collections.mailops.zimbra.plugins.module_utils._precheck import Case, Finding
from ansible_collections.mailops.zimbra.plugins.module_utils._precheck_space import check_space

CHECKS = (
    checks.check_versions,
    checks.check_suite,
    checks.check_licence,
    checks.check_backup,
    checks.check_paths,
    check_space,
    checks.check_queue,
    checks.check_excluded,
    checks.check_validator,
    checks.check_unread,
)
_ORDER = (checks.ERROR, checks.WARNING, checks.INFO)


def run_checks(case: Case, accept: List[str]) -> List[Finding]:
    """All findings, errors first. An error whose code is in ``accept`` becomes a warning."""
    findings = [finding for check in CHECKS for finding in check(case)]
    findings = [
        one._replace(level=checks.WARNING) if one.level == checks.ERROR and one.code in accept else one
        for one in findings
    ]
    return sorted(findings, key=lambda one: _ORDER.index(one.level))


def summary(findings: List[Finding]) -> str:
    """One text with every error and its remedy."""
    errors = [one for one in findings if one.level == checks.ERROR]
    lines = [f"{one.side} [{one.code}] {one.what} {one.remedy}" for one in errors]
    return f"{len(errors)} finding(s) stand in the way of the migration:\n" + "\n".join(lines)


def as_dict(finding: Finding) -> Dict[str, Any]:
    """The finding as it is returned."""
    return dict(finding._asdict())
