# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong with an archive, an inventory or a comparison: leaves of the collection's one tree of errors."""

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import MailopsError, ParseError


class MetaError(ParseError):
    """A ``.meta`` entry of an archive, or the metadata inside it, has none of the documented shapes."""


class ArchiveError(ParseError):
    """An archive that a REST export answered with cannot be read as one."""


class ArchiveTruncated(ArchiveError):
    """The archive ends in the middle: the connection broke or the server gave up."""


class ExportRefused(MailopsError):
    """The server answered a REST export with a status that means no. ``details`` hold ``status``."""


class MailboxUnreadable(MailopsError):
    """A mailbox cannot be read now: in maintenance, on another host, gone. Its inventory is incomplete."""


class InventoryFileError(MailopsError):
    """An inventory file is missing, damaged, not sorted, of another format, or ends early."""


class EvidenceError(MailopsError):
    """The evidence is not complete and the task was told to stop then."""
