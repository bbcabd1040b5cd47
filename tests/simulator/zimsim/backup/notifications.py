# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The notifications operations leave: started, completed, PHASE 1 Feedback, failed, stopped, interrupted, warning.

Texts of started and completed are those of zextras-cli.md section 2.1; those of the other kinds are guesses in the
same shape.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import Any

from zimsim.backup.database import Database
from zimsim.backup.dialect import Dialect
from zimsim.backup.records import Operation, now_ms

INFORMATION, WARNING, ERROR = "Information", "Warning", "Error"


def date_text(epoch_ms: int) -> str:
    """`dd/MM/yyyy HH:mm:ss` in the server's time zone."""
    return time.strftime("%d/%m/%Y %H:%M:%S", time.localtime(epoch_ms / 1000))


def duration_text(milliseconds: int) -> str:
    """`1 minute, 3 seconds`."""
    seconds = max(0, milliseconds) // 1000
    parts: list[str] = []
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count, seconds = divmod(seconds, size)
        if count or (unit == "second" and not parts):
            parts.append(f"{count} {unit}{'' if count == 1 else 's'}")
    return ", ".join(parts)


def value_text(value: Any) -> str:
    """A parameter as notifications print it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


def commit_of(version: str) -> str:
    """A stable stand-in for a commit id."""
    return hashlib.sha1(version.encode(), usedforsecurity=False).hexdigest()


@dataclass
class Notifier:
    """Writes notifications of operations to the module's memory."""

    database: Database
    dialect: Dialect
    host: str
    mail_version: str

    def _body(self, operation: Operation, head: list[str], tail: list[str]) -> str:
        dialect = self.dialect
        lines = [f"This is an automated notification from {dialect.brand} about {operation.desc_name}.", *head]
        lines += [
            f"Operation requested by: {value_text(operation.parameters.get('requesterAddress'))}",
            f"{dialect.product} Version: {dialect.version}",
            f"{dialect.product} commit: {commit_of(dialect.product + dialect.version)}",
            f"ZAL Version: {dialect.zal_version}",
            f"ZAL commit: {commit_of(dialect.zal_version)}",
            f"Zimbra version: {self.mail_version}",
        ]
        parameters = [f"{name} = {value_text(value)}" for name, value in operation.parameters.items()]
        lines.append("Operation parameters:  " + "\n ".join(parameters))
        return "\n".join(lines + tail)

    def _times(self, operation: Operation) -> list[str]:
        start = operation.start_ms or operation.queued_ms
        return [
            f"Operation Start Time: {date_text(start)}",
            f"Operation Duration: {duration_text((operation.end_ms or now_ms()) - start)}",
        ]

    def _identity(self, operation: Operation) -> list[str]:
        return [f"Operation Id: {operation.id}", f"Operation Host: {operation.host}"]

    def _post(self, operation: Operation, level: str, subject: str, text: str) -> None:
        body = {
            "date": now_ms(),
            "level": level,
            "server": operation.host,
            "subject": f"{self.dialect.brand} Notification, {subject}",
            "text": text,
            "module": operation.module,
            "operationId": operation.id,
        }
        self.database.add_notification(operation.id, body)

    def started(self, operation: Operation) -> None:
        """The operation left the queue."""
        head = [f"Operation {operation.desc_name} Started.", *self._identity(operation)]
        head.append(f"Monitor Command: {self.dialect.program} backup monitor {operation.id}")
        self._post(operation, INFORMATION, f"{operation.desc_name} started.", self._body(operation, head, []))

    def feedback(self, operation: Operation, statistics: str) -> None:
        """PHASE 1 of an External Restore is done."""
        head = ["PHASE 1 Feedback.", *self._identity(operation), *self._times(operation)]
        text = self._body(operation, head, ["", statistics])
        self._post(operation, INFORMATION, f"{operation.desc_name} PHASE 1 Feedback.", text)

    def completed(self, operation: Operation, statistics: str) -> None:
        """The operation reached its end, whatever it left out on the way."""
        head = [f"Operation {operation.desc_name} Completed.", *self._identity(operation), *self._times(operation)]
        tail = ["", statistics] if statistics else []
        self._post(operation, INFORMATION, f"{operation.desc_name} completed.", self._body(operation, head, tail))

    def failed(self, operation: Operation, statistics: str) -> None:
        """An exception ended the operation."""
        head = [f"Operation {operation.desc_name} Failed.", *self._identity(operation), *self._times(operation)]
        head.append(f"Exception: {operation.error}")
        tail = ["", statistics] if statistics else []
        self._post(operation, ERROR, f"{operation.desc_name} failed.", self._body(operation, head, tail))

    def stopped(self, operation: Operation, statistics: str) -> None:
        """doStopOperation ended it."""
        head = [f"Operation {operation.desc_name} Stopped.", *self._identity(operation), *self._times(operation)]
        tail = ["", statistics] if statistics else []
        self._post(operation, WARNING, f"{operation.desc_name} stopped.", self._body(operation, head, tail))

    def interrupted(self, operation: Operation) -> None:
        """The mail server ended while the operation ran; written when it is back."""
        head = [f"Operation {operation.desc_name} Interrupted.", *self._identity(operation), *self._times(operation)]
        self._post(operation, ERROR, "Operation Interrupted", self._body(operation, head, []))

    def warning(self, operation: Operation, text: str) -> None:
        """Something to know that ends nothing."""
        head = [*self._identity(operation), text]
        self._post(operation, WARNING, f"{operation.desc_name} warning.", self._body(operation, head, []))


def notification_block(notification: dict[str, Any]) -> str:
    """A notification as `monitor` and the text form of getNotification print it."""
    return (
        f"Subject: {notification['subject']}\nDate: {date_text(notification['date'])}\n"
        f"Level: {notification['level']}\nServer: {notification['server']}\nText:\n{notification['text']}\n"
    )
