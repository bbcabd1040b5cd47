#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file of cases: steps that run in order against one server, each with the answer it must get.

Keys of a step: ``name``, ``reference`` (R- or Z-number), ``transcript`` (the recorded exchange), ``only`` (one
product), then one of ``soap`` (port, as, account, body), ``rest`` (method, port, as, path, headers, body; ``keep`` an
answer's bytes under a name, ``send`` them or their first ``part`` later), ``run`` (program, arguments), and
``expect``: status, answer (XML of the body), fault, text, headers, json, names, archive,
page, body, exit, stdout, stderr.
A value that differs by product is a mapping ``{zimbra: ..., carbonio: ...}``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import yaml

from .client import SOAP, Answer, Entry, Target, archive
from .matching import Mismatch, Values, match_mapping, match_names, match_xml

Step = dict[str, Any]


@dataclass(frozen=True)
class Scenario:
    """``prepare`` runs first and must succeed, ``cleanup`` always runs and need not."""

    name: str
    products: tuple[str, ...]
    prepare: tuple[Step, ...]
    cases: tuple[Step, ...]
    cleanup: tuple[Step, ...]


def load(path: Path) -> Scenario:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Scenario(
        path.stem,
        tuple(content.get("products", ("zimbra", "carbonio"))),
        tuple(content.get("prepare", ())),
        tuple(content["cases"]),
        tuple(content.get("cleanup", ())),
    )


class Runner:
    """Runs steps against one server and remembers tokens and values."""

    def __init__(self, target: Target, values: Values) -> None:
        self.target = target
        self.values = values
        self._tokens: dict[str, str] = {}
        self._kept: dict[str, bytes] = {}
        values.update(admin=target.admin, admin_password=target.password)

    def run(self, step: Step) -> None:
        expect = self._for_product(step.get("expect", {}))
        if "run" in step:
            self._program(step["run"], expect)
            return
        answer = self._soap(step["soap"]) if "soap" in step else self._rest(step["rest"])
        self._compare(answer, expect, soap="soap" in step)

    def _for_product(self, value: Any) -> Any:
        if isinstance(value, dict):
            if value and set(value) <= {"zimbra", "carbonio"}:
                return self._for_product(value[self.target.product])
            return {key: self._for_product(each) for key, each in value.items()}
        return value

    # -- asking ------------------------------------------------------------------------------------------------

    def token(self, who: str) -> str:
        """``admin``, ``none``, an address (with the password of all cases), ``delegated:ADDRESS``, or ``=TOKEN``."""
        if who in ("", "none"):
            return ""
        if who.startswith("="):
            return self.values.fill(who[1:])
        if who not in self._tokens:
            self._tokens[who] = self._login(self.values.fill(who))
        return self._tokens[who]

    def _login(self, who: str) -> str:
        if who == "admin":
            body = (
                f'<AuthRequest xmlns="urn:zimbraAdmin"><name>{self.target.admin}</name>'
                f"<password>{self.target.password}</password></AuthRequest>"
            )
            answer = self.target.soap("admin", body)
        elif who.startswith("delegated:"):
            account = who.partition(":")[2]
            body = (
                f'<DelegateAuthRequest xmlns="urn:zimbraAdmin"><account by="name">{account}</account>'
                "</DelegateAuthRequest>"
            )
            answer = self.target.soap("admin", body, self.token("admin"))
        else:
            body = (
                f'<AuthRequest xmlns="urn:zimbraAccount"><account by="name">{who}</account>'
                "<password>geheim123</password></AuthRequest>"
            )
            answer = self.target.soap("user", body)
        found = ElementTree.fromstring(answer.body).find(".//{*}authToken")
        if found is None or not found.text:
            raise Mismatch(f"no token for {who}: {answer.status} {answer.body[:400]!r}")
        return found.text

    def _soap(self, step: Step) -> Answer:
        port = step.get("port", "admin")
        account = self.values.fill(step.get("account", ""))
        context = step.get("context", "")
        if account:
            context += f'<account by="name">{account}</account>'
        token = self.token(step.get("as", "admin"))
        if "raw" in step:
            path = "/service/admin/soap" if port == "admin" else "/service/soap"
            headers = {"Content-Type": step.get("type", "application/soap+xml; charset=utf-8")}
            body = self.values.fill(step["raw"]).replace("{token}", token).encode()
            return self.target.request(self.target.base(port), step.get("method", "POST"), path, body, headers)
        return self.target.soap(port, self.values.fill(step["body"]), token, context)

    def _rest(self, step: Step) -> Answer:
        port = step.get("port", "user")
        headers = {name: self.values.fill(str(value)) for name, value in step.get("headers", {}).items()}
        token = self.token(step.get("as", "none"))
        if token:
            cookie = "ZM_ADMIN_AUTH_TOKEN" if port == "admin" else "ZM_AUTH_TOKEN"
            headers["Cookie"] = f"{step.get('cookie', cookie)}={token}"
        body = self.values.fill(step["body"]).encode() if "body" in step else None
        if "send" in step:
            body = self._kept[step["send"]]
            body = body[: int(len(body) * step.get("part", 1))]
        path = self.values.fill(step["path"])
        answer = self.target.request(self.target.base(port), step.get("method", "GET"), path, body, headers)
        if "keep" in step:
            self._kept[step["keep"]] = answer.body
        return answer

    # -- comparing ---------------------------------------------------------------------------------------------

    def _compare(self, answer: Answer, expect: dict[str, Any], *, soap: bool) -> None:
        status = expect.get("status")
        if status is None and soap:
            status = self._fault_status if "fault" in expect else 200
        if status is not None and answer.status != status:
            raise Mismatch(f"expected HTTP {status}, found {answer.status}: {answer.body[:600]!r}")
        if "headers" in expect:
            match_mapping(expect["headers"], dict(answer.headers), self.values, "headers")
        if soap and ("answer" in expect or "fault" in expect):
            self._compare_soap(answer, expect)
        if "json" in expect:
            match_mapping(expect["json"], json.loads(answer.body), self.values, "json")
        if "page" in expect:
            self.values.match(expect["page"], answer.body.decode("utf-8", "replace"), "body")
        if "body" in expect:
            self.values.match(expect["body"], answer.body.decode("utf-8", "replace"), "body")
        if "names" in expect:
            match_names(expect["names"], [entry.name for entry in archive(answer)], self.values, "names")
        if "archive" in expect:
            self._compare_archive(archive(answer), expect["archive"])

    @property
    def _fault_status(self) -> int:
        return 422 if self.target.product == "carbonio" else 500

    def _compare_soap(self, answer: Answer, expect: dict[str, Any]) -> None:
        document = ElementTree.fromstring(answer.body)
        body = document.find("{*}Body")
        if body is None or not len(body):
            raise Mismatch(f"no body: {answer.body[:400]!r}")
        if "fault" in expect:
            code = body.find(".//{*}Error/{*}Code")
            found = code.text if code is not None else f"no fault: {answer.body[:400]!r}"
            if found != expect["fault"]:
                raise Mismatch(f"expected fault {expect['fault']}, found {found}: {answer.body[-700:]!r}")
            if "text" in expect:
                reason = body.find(f".//{{{SOAP}}}Text")
                self.values.match(expect["text"], (reason.text or "") if reason is not None else "", "reason")
        if "answer" in expect:
            wanted = ElementTree.fromstring(f'<x xmlns:soap="{SOAP}">{expect["answer"]}</x>')[0]
            match_xml(wanted, body[0], self.values)
        if "header" in expect:
            header = document.find("{*}Header")
            wanted = ElementTree.fromstring(f"<x>{expect['header']}</x>")[0]
            if header is None:
                raise Mismatch("no header")
            match_xml(wanted, header[0], self.values)

    def _compare_archive(self, entries: list[Entry], expect: list[dict[str, Any]]) -> None:
        """Each expected entry by name: group, meta, body."""
        for wanted in expect:
            name = self.values.fill(wanted["name"])
            found = [entry for entry in entries if _matches(Values(self.values), name, entry.name)]
            if not found:
                raise Mismatch(f"no entry {name} among {[entry.name for entry in entries]}")
            entry = found[0]
            self.values.match(name, entry.name, "name")
            if "group" in wanted and entry.group != wanted["group"]:
                raise Mismatch(f"{name}: group {entry.group}")
            if "meta" in wanted:
                match_mapping(self._for_product(wanted["meta"]), entry.meta, self.values, name)
            if "body" in wanted:
                self.values.match(wanted["body"], entry.data.decode("utf-8", "replace"), name)

    def _program(self, step: Step, expect: dict[str, Any]) -> None:
        arguments = [self.values.fill(str(each)) for each in step["arguments"]]
        done = self.target.run(step["program"], arguments)
        if done.returncode != expect.get("exit", 0):
            raise Mismatch(f"exit status {done.returncode}: {done.stdout[-300:]!r} {done.stderr[-300:]!r}")
        for name, found in (("stdout", done.stdout), ("stderr", done.stderr)):
            if name in expect:
                self.values.match(expect[name].strip("\n"), found.strip("\n"), name)


def _matches(values: Values, expected: str, actual: str) -> bool:
    try:
        values.match(expected, actual, "name")
    except Mismatch:
        return False
    return True
