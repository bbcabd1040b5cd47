# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong with the ledger: leaves of the collection's one tree of errors."""

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import MailopsError


class LedgerError(MailopsError):
    """Something about the ledger file or what is asked of it. Root of this module's leaves."""


class LedgerMissing(LedgerError):
    """There is no ledger where one is expected."""


class LedgerFileError(LedgerError):
    """The file cannot be opened, is no ledger, stays locked, or was written by a newer version of the collection."""


class RuleBroken(LedgerError):
    """The request would break a rule of the migration guides (section 6 of the vendor's notes, see each message)."""


class UnknownRecord(LedgerError):
    """The request names a unit, a pass, an operation or a setting that the ledger does not hold."""
