# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of the Backup module, by cause; `code` and `details` become the `error` object of a JSON answer."""

from __future__ import annotations


class BackupError(Exception):
    """Root: a refused command or a failed operation.

    The message may hold `{name}` placeholders that are expanded from `details` in text and left alone in JSON.
    """

    code = "BACKUP_ERROR"

    def __init__(self, message: str, **details: str) -> None:
        super().__init__(message)
        self.message = message
        self.details = details

    def __str__(self) -> str:
        text = self.message
        for name, value in self.details.items():
            text = text.replace("{" + name + "}", value)
        return text


class InvalidPath(BackupError):
    """A source, destination or backup path that cannot be used."""

    code = "INVALID_PATH"


class NoSuchOperation(BackupError):
    """The id is neither queued nor running (nor, for monitor, remembered)."""

    code = "NO_SUCH_OPERATION"


class NoSuchAccount(BackupError):
    """The account is not in the directory or not in the backup path."""

    code = "NO_SUCH_ACCOUNT"


class NotInitialized(BackupError):
    """The backup path has never been scanned."""

    code = "BACKUP_NOT_INITIALIZED"


class ModuleNotRunning(BackupError):
    """The module is stopped or its licence has ended."""

    code = "MODULE_NOT_RUNNING"


class InvalidValue(BackupError):
    """A parameter or attribute with a value of the wrong form."""

    code = "INVALID_PARAMETER"


class ReadErrors(BackupError):
    """More read errors than read_error_threshold allows."""

    code = "TOO_MANY_READ_ERRORS"


class BrokenItem(BackupError):
    """Metadata or blob of one item in a backup path cannot be used; never ends an operation."""

    code = "BROKEN_ITEM"


class OperationStopped(BackupError):
    """doStopOperation reached a running operation."""

    code = "OPERATION_STOPPED"


class OperationInterrupted(BackupError):
    """The mail server ended while the operation ran."""

    code = "OPERATION_INTERRUPTED"
