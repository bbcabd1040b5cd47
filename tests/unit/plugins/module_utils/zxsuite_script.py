# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A runner that answers from a script, and the documented answers it is fed with.

The texts are those of the references (zextras-cli 1.2, 1.6, 2.1, 2.4, 2.8), not those of any program of this project.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ansible_collections.mailops.zimbra.plugins.module_utils._runner import Result, Runner

SCAN_ID = "f200b3e9-c694-482e-a46f-a13d58920003"
RESTORE_ID = "45cd85f0-04b1-461c-8bb0-7f0ddb0a19c5"
SERVER_ID = "9d16badb-e89e-4dff-b5b9-bd2bddce53e2"

SCAN_STARTED = f"""Subject: Zextras Backup Notification, Smart Scan started.
Date: 19/11/2019 17:22:18
Level: Information
Server: mail.example.com
Text:
This is an automated notification from Zextras Backup about Smart Scan.
Operation Smart Scan Started.
Operation Id: {SCAN_ID}
Operation Host: mail.example.com
Monitor Command: zxsuite backup monitor {SCAN_ID}
"""

SCAN_COMPLETED = f"""Subject: Zextras Backup Notification, Smart Scan completed.
Date: 19/11/2019 17:23:21
Level: Information
Server: mail.example.com
Text:
This is an automated notification from Zextras Backup about Smart Scan.
Operation Smart Scan Completed.
Operation Id: {SCAN_ID}
Operation Host: mail.example.com
Operation Start Time: 19/11/2019 17:22:18
Operation Duration: 1 minute, 3 seconds
Operation requested by: admin@mail.example.com
ZeXtras Suite Version: 3.0.3
Operation parameters:  requesterAddress = admin@mail.example.com
 additionalNotificationAddresses = admin@mail.example.com
 origin = SOAP
 isDeep = false

- stats -
 new accounts: 4
 accounts updated: 0
 accounts deleted: 0
 skipped accounts(by COS): 0
 item updated: 0
 item deleted: 0
 new metadata: 198
 new files: 134
 checked items: 198
 backup path: /opt/zimbra/backup/zextras
 skipped items: 0
 I/O read exception: 0
 num skipped files: 0
 items/sec: 3
 additional notification mails: admin@mail.example.com
"""

RESTORE_STATISTICS = """
- stats -
Restored Items: 15233
Skipped Items:  125
Unrestored Items: {count}
"""

UNRESTORED = """
- unrestored items -
account: account1@example.com
unrestored items: 1255,1369

account: account2@example.com
unrestored items: 856,13339,45200, 45655
"""

SMART_SCAN_HELP = """command doSmartScan

Syntax:
   zxsuite backup doSmartScan {start} [attr1 value1 [attr2 value2...

PARAMETER LIST

NAME                        TYPE                   EXPECTED VALUES            DEFAULT
action(M)                   String                 start
notifications(O)            Email Address[,..]
deep(O)                     Boolean                true|false

(M) == mandatory parameter, (O) == optional parameter

Usage example:

zxsuite backup doSmartScan start notifications admin@example.com
"""

RESTORE_HELP = """command doExternalRestore

Syntax:
   zxsuite backup doExternalRestore {source_path} [attr1 value1 [attr2 value2...

PARAMETER LIST

NAME                        TYPE                   EXPECTED VALUES            DEFAULT
source_path(M)              Path
accounts(O)                 Account Name[,..]                                 all
domains(O)                  Domain Name[,..]                                  all
skip_system_accounts(O)     Boolean                true|false                 true
concurrent_accounts(O)      Integer

(M) == mandatory parameter, (O) == optional parameter
"""


def restore_completed(count: int = 0, lists: str = "", identity: str = RESTORE_ID) -> str:
    """The text of an External Restore's last notification."""
    head = f"Operation External Restore Completed.\nOperation Id: {identity}\nOperation Duration: 2 hours, 1 second\n"
    return head + RESTORE_STATISTICS.format(count=count) + lists


def ok(response: Any) -> Result:
    """The local success envelope."""
    return Result(0, json.dumps({"response": response, "ok": True}) + "\n", "")


def text(out: str, rc: int = 0, err: str = "") -> Result:
    """A program that prints text."""
    return Result(rc, out, err)


def queued(identity: str, name: str, state: str = "Started", at: float = 1000.0, **parameters: Any) -> dict[str, Any]:
    """An entry of getAllOperations; ``at`` in seconds."""
    return {
        "startTime": int(at * 1000),
        "queuedTime": int(at * 1000),
        "module": "ZxBackup",
        "name": name,
        "id": identity,
        "state": state,
        "host": "mail.example.com",
        "parameters": dict({"requesterAddress": "zimbra", "origin": "ZxLink"}, **parameters),
        "monitorCommand": f"zxsuite backup monitor {identity}",
    }


def logged(identity: str, name: str, outcome: str = "Finished", at: float = 1000.0, **more: Any) -> dict[str, Any]:
    """An entry of getOperationLog."""
    return dict(queued(identity, name, "Finished", at), type=outcome, serverId=SERVER_ID, **more)


class ScriptedRunner(Runner):
    """Answers by what a call contains: the first rule whose words are all in the argv, in order of the rules.

    A rule's answer is a Result, a list of them (one after the other, the last one stays) or a function of the argv.
    """

    def __init__(self, *rules: tuple[str, Any]) -> None:
        self.rules = [(words.split(), list(answer) if isinstance(answer, list) else answer) for words, answer in rules]
        self.calls: list[list[str]] = []

    def run(
        self,
        argv: Sequence[str],
        timeout: float | None = None,
        environ: dict[str, str] | None = None,
        data: str | None = None,
        interrupt: bool = False,
    ) -> Result:
        self.calls.append(list(argv))
        said = [argv[0].rpartition("/")[2], *argv[1:]]
        for words, answer in self.rules:
            if all(word in said for word in words):
                return self._answer(answer, said)
        raise AssertionError(f"nobody expected {' '.join(argv)}")

    def _answer(self, answer: Result | list[Result] | Callable[[list[str]], Result], said: list[str]) -> Result:
        if isinstance(answer, Result):
            return answer
        if isinstance(answer, list):
            return answer.pop(0) if len(answer) > 1 else answer[0]
        return answer(said)

    def called(self, word: str) -> list[list[str]]:
        """The calls that contain a word."""
        return [call for call in self.calls if word in call]


def make_home(directory: Path, *programs: str) -> Path:
    """A platform's home with programs that exist and are never run."""
    (directory / "bin").mkdir(parents=True)
    for name in ("zmcontrol", "zmlocalconfig", "zmprov", *programs):
        (directory / "bin" / name).touch()
    return directory
