# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mail server as a script: recorded and written answers by the name of the request."""

from __future__ import annotations

import io
import json
import pathlib
import re
from typing import Any

from ansible_collections.mailops.zimbra.plugins.module_utils._soap import Login, SoapClient
from ansible_collections.mailops.zimbra.plugins.module_utils._soap_http import Reply, Transport
from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.archives import mail, message, tgz

RECORDED: dict[str, str] = json.loads(
    (pathlib.Path(__file__).parent / "fixtures" / "inventory_soap.json").read_text(encoding="utf-8")
)
UNKNOWN = RECORDED["03d-unknown-command"]
ADMIN = "urn:zimbraAdmin"


def soap(body: str) -> str:
    return (
        '<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope"><soap:Header/>'
        f"<soap:Body>{body}</soap:Body></soap:Envelope>"
    )


class Scripted(Transport):
    """Answers by the name of the request (and the account it is about), REST by path."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = {"AuthRequest": RECORDED["01a-auth-ok"], **answers}
        self.asked: list[str] = []

    def request(self, method: str, path: str, body: bytes | None, headers: dict[str, str], fresh: bool) -> Reply:
        if method == "GET":
            self.asked.append(path)
            answer = self.answers[path]
            status, data = answer if isinstance(answer, tuple) else (200, answer)
            return Reply(status, {}, io.BytesIO(data))
        text = (body or b"").decode()
        name = re.findall(r"<soap:Body><(\w+)", text)[0]
        about = re.findall(r"<account by=\"id\">([^<]*)<", text)
        token = re.findall(r'token="(\d+)"', text)
        self.asked.append(name)
        for key in (f"{name} {''.join(about)} {''.join(token)}".strip(), f"{name} {''.join(about)}".strip(), name):
            if "countOnly" in text:
                key += " countOnly"
            if key in self.answers:
                return Reply(200, {}, io.BytesIO(str(self.answers[key]).encode()))
        raise AssertionError(f"not scripted: {name} {about} {token}")

    def close(self) -> None:
        """Nothing to let go of."""


def client(**answers: Any) -> SoapClient:
    return SoapClient(Scripted(answers), Login("admin", "secret"), read_only=True, pause=lambda _: None)


FOLDERS = soap(
    '<GetFolderResponse xmlns="urn:zimbraMail"><folder id="x:1" name="USER_ROOT">'
    '<folder id="x:2" name="Inbox" absFolderPath="/Inbox" view="message" n="2"/></folder></GetFolderResponse>'
)
SYNC = soap(
    '<SyncResponse xmlns="urn:zimbraMail" token="9"><folder id="x:1"><folder id="x:2" absFolderPath="/Inbox" md="5">'
    '<m ids="x:257,x:258"/></folder></folder></SyncResponse>'
)
QUIET = soap('<SyncResponse xmlns="urn:zimbraMail" token="9"/>')


def directory_script(count: int = 4) -> dict[str, Any]:
    """A directory of four: two with a mailbox, one on another mailstore, one system account."""
    entries = "".join(
        f'<account name="{name}" id="id-{name[0]}"><a n="zimbraMailHost">{host}</a>'
        f'<a n="zimbraAccountStatus">active</a><a n="zimbraIsSystemResource">{system}</a></account>'
        for name, host, system in (
            ("bert@b.test", "one.test", "FALSE"),
            ("Anna@a.test", "one.test", "FALSE"),
            ("carl@a.test", "two.test", "FALSE"),
            ("spam.x@a.test", "one.test", "TRUE"),
        )
    )
    boxes = "".join(f'<mbox accountId="id-{letter}" id="1"/>' for letter in "AbS")
    return {
        "SearchDirectoryRequest": soap(f'<SearchDirectoryResponse xmlns="{ADMIN}">{entries}</SearchDirectoryResponse>'),
        "SearchDirectoryRequest countOnly": soap(f'<SearchDirectoryResponse xmlns="{ADMIN}" num="{count}"/>'),
        "GetAllMailboxesRequest": soap(f'<GetAllMailboxesResponse xmlns="{ADMIN}">{boxes}</GetAllMailboxesResponse>'),
        "nobody uses space": soap(f'<GetQuotaUsageResponse xmlns="{ADMIN}"/>'),
    }


def directory(count: int = 4, **answers: Any) -> SoapClient:
    return client(**{**directory_script(count), **answers})


def script() -> dict[str, Any]:
    """The directory, and two messages in the Inbox of each of the two mailboxes."""
    archive = tgz([message(257, mail(1)), message(258, mail(2))])
    return {
        **directory_script(),
        "GetFolderRequest": FOLDERS,
        "SyncRequest": SYNC,
        **{f"SyncRequest id-{letter} 9": QUIET for letter in "Ab"},
        "/service/home/anna@a.test/?fmt=tgz&meta=1": archive,
        "/service/home/bert@b.test/?fmt=tgz&meta=1": archive,
    }


def server(**answers: Any) -> SoapClient:
    return client(**{**script(), **answers})
