# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one tree of errors. Utilities raise, only ``main()`` of a module turns an error into a failure.

Leaves are named by cause. ``str(error)`` is a whole sentence for the person running the playbook: what happened and,
where there is one, what to do or to look at. ``details`` are JSON values that travel in the result of the task.
"""

from typing import Any, Dict


class MailopsError(Exception):
    """Root of everything this collection raises on purpose."""

    # Two underscores make it positional: `message` may be the name of a detail.
    def __init__(self, __message: str, **details: Any) -> None:
        super().__init__(__message)
        self.message = __message
        self.details = details

    def as_failure(self) -> Dict[str, Any]:
        """Arguments for ``module.fail_json``: ``msg``, ``error`` (name of the cause) and ``details``."""
        return {"msg": self.message, "error": type(self).__name__, "details": self.details}


class CommandError(MailopsError):
    """A command of the platform ran and failed, by exit status or by what it printed."""


class CommandMissing(CommandError):
    """The program is not installed or cannot be executed by the service user."""


class CommandTimeout(CommandError):
    """The program did not answer within its limit and was ended. Says nothing about work it may have started."""


class PrivilegeError(MailopsError):
    """The task runs as somebody who may not become the service user."""


class Unreachable(CommandError):
    """The command ran, but mailboxd or the extension behind it did not answer. Worth trying again."""


class ParseError(MailopsError):
    """An answer has none of the documented shapes. Never read as success."""


class PlatformError(MailopsError):
    """The host is not a platform this collection can work on, or a part of it is missing."""


class DialectError(PlatformError):
    """This platform's command line has no way to say what was asked for."""


class ParameterError(MailopsError):
    """Options that contradict each other or name something that does not exist."""


class OperationError(MailopsError):
    """Root of everything that went wrong with one long-running operation."""


class OperationFailed(OperationError):
    """The operation ended, and its own report or log says that it did not do its job."""


class OperationInterrupted(OperationError):
    """The operation was cut short: by a crash or restart of mailboxd, by a stop, or removed from the queue."""


class OperationUnknown(OperationError):
    """The operation's end cannot be found anywhere: neither in the queue, nor in the log, nor in a notification."""


class OperationBusy(OperationError):
    """Another operation that excludes this one is queued or running."""


class OperationTimeout(OperationError):
    """The operation was still running when the time the task allows for it was over. It goes on running."""
