# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""migration_report through its main(): a ledger in, a page that says the truth and runs nothing out."""

from __future__ import annotations

import html.parser
import json
import pathlib
import stat
from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils._ledger import Ledger
from ansible_collections.mailops.zimbra.plugins.module_utils._report_html import duration, number, size, tag
from ansible_collections.mailops.zimbra.plugins.modules import migration_report
from ansible_collections.mailops.zimbra.tests.unit.plugins.modules.running import run_main

UNIT = "smartscan-old"
EVIL = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>"


class Clock:
    """A ledger's clock that goes on a minute at every look."""

    def __init__(self) -> None:
        self.minutes = 0

    def __call__(self) -> str:
        self.minutes += 1
        return f"2026-11-24T{10 + self.minutes // 60:02d}:{self.minutes % 60:02d}:00.000Z"


class Page(html.parser.HTMLParser):
    """Reads a page strictly: every element closed in order, what it loads, what it says."""

    VOID = ("meta",)

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: set[str] = set()
        self.loads: list[str] = []
        self.events: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(name)
        self.loads += [str(value) for key, value in attrs if key in ("src", "href", "data", "srcset", "action")]
        self.events += [key for key, _ in attrs if key.startswith("on")]
        if name not in self.VOID:
            self.open.append(name)

    def handle_endtag(self, name: str) -> None:
        assert self.open.pop() == name

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data + " "


def finding(**changes: Any) -> dict[str, Any]:
    base = {"account": "anna@a.test", "class": "missing", "type": "message", "folder": "/Inbox", "subject": "Urlaub"}
    rest = {"date": "2026-01-02T03:04:05Z", "reason": "The Destination does not have it.", "fields": {}}
    return {**base, **rest, "explained": False, "rule": "", "source_id": 1, "destination_id": 0, **changes}


def counts(**changes: int) -> dict[str, int]:
    base = {"accounts": 60, "source": 6012, "destination": 6012, "matched": 6012, "missing": 0, "doubled": 0}
    return {**base, "differing": 0, "extra": 0, "unproven": 0, "explained": 0, "open": 0, **changes}


@pytest.fixture
def ledger(tmp_path: pathlib.Path) -> Ledger:
    book = Ledger(str(tmp_path / "ledger.db"), now=Clock())
    book.open("spring", "smartscan", ["mail.old.example"], ["mail.new.example"])
    book.declare_unit(UNIT, "smartscan")
    for phase in ("initial", "delta"):
        opened = book.begin_pass(UNIT, phase)
        key = (UNIT, opened["number"], "external_restore", {"source_path": "/x"})
        claim = book.claim(*key, host="mail.new.example")
        facts: dict[str, Any] = {
            "operation_id": "id-1",
            "started": "2026-11-24T10:05:00.000Z",
            "ended": "2026-11-24T10:07:30.000Z",
        }
        result = {"statistics": {"restored_items": 5000, "skipped_items": 12}}
        book.record_attempt(*key, claim["attempt"]["number"], "running", operation_id="id-1")
        book.record_attempt(*key, claim["attempt"]["number"], "finished", result=result, **facts)
        book.finish_pass(UNIT, opened["number"], {"items": 5000, "bytes": 81_402_113})
    return book


def report(
    ledger: Ledger, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str], **options: Any
) -> tuple[dict[str, Any], Page, dict[str, Any]]:
    dest = tmp_path / "report.html"
    path = str(tmp_path / "ledger.db")
    result = run_main(migration_report.main, capsys, ledger=path, dest=str(dest), **options)
    assert not result.get("failed"), result
    text = dest.read_text(encoding="utf-8")
    return result, Page(text), json.loads((tmp_path / "report.json").read_text())


def cutover(ledger: Ledger, **details: Any) -> None:
    ledger.record_event(UNIT, "cutover", "window_opened", details)
    ledger.record_event(UNIT, "cutover", "mail_switched")
    ledger.record_event(UNIT, "cutover", "window_closed")


def test_before_there_is_evidence(ledger: Ledger, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    result, page, data = report(ledger, tmp_path, capsys)
    assert (result["verdict"], data["verdict"]) == ("open", "open")
    assert "Not proven yet" in page.text and "Run phase=postcheck." in page.text
    assert "10000" not in page.text and "10\u202f000" in page.text
    assert data["moved"] == {"items": 10000, "bytes": 162_804_226}


def test_a_complete_migration(ledger: Ledger, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    cutover(ledger)
    ledger.record_evidence(UNIT, 3, "complete", counts(), [])
    result, page, data = report(ledger, tmp_path, capsys)
    assert result["verdict"] == "complete" and result["changed"]
    assert "Complete" in page.text and "once and unchanged" in page.text
    window = data["units"][0]["window"]
    assert (window["seconds"], window["prediction"]) == (120, "the last delta pass took as long")
    assert window["predicted_seconds"] == data["units"][0]["passes"][1]["seconds"]
    assert "2 min 00 s" in page.text
    operation = data["units"][0]["passes"][0]["operations"][0]
    assert (operation["seconds"], operation["statistics"]) == (150, {"restored_items": 5000, "skipped_items": 12})
    assert "restored items 5\u202f000" in page.text


def test_a_prediction_that_was_written_down(
    ledger: Ledger, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cutover(ledger, predicted_seconds=95)
    result, page, _ = report(ledger, tmp_path, capsys)
    assert result["windows"][UNIT]["predicted_seconds"] == 95
    assert "1 min 35 s (predicted before it was opened)" in page.text


def test_findings_are_named(ledger: Ledger, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    left = finding(**{"class": "extra"}, subject="Alt", explained=True, rule="not_propagated")
    late = finding(**{"class": "extra"}, subject="Neu", explained=True, rule="arrived_after_switch")
    known = counts(missing=1, extra=2, explained=1, open=1, afterwards=1)
    ledger.record_evidence(UNIT, 3, "incomplete", known, [finding(), left, late])
    result, page, _ = report(ledger, tmp_path, capsys)
    assert result["verdict"] == "incomplete" and "Incomplete" in page.text
    for word in ("anna@a.test", "/Inbox", "Urlaub", "2026-01-02 03:04:05", "Alt", "Explained: not propagated."):
        assert word in page.text
    assert "2 of 2 findings" in page.text
    assert "1 more arrived on the Destination since" in page.text and "Neu" not in page.text


def test_the_worst_unit_decides(ledger: Ledger, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    ledger.declare_unit("second", "smartscan")
    ledger.record_evidence(UNIT, 3, "complete", counts(), [])
    assert report(ledger, tmp_path, capsys)[0]["verdict"] == "open"
    ledger.record_evidence("second", 3, "explained", counts(), [])
    result, _, _ = report(ledger, tmp_path, capsys)
    assert (result["verdict"], result["counts"]["accounts"]) == ("explained", 120)


def test_settings_and_what_is_left_to_do(
    ledger: Ledger, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger.capture("mail.old.example", "property", "ZxBackup_RealTimeScanner", True, False, UNIT)
    ledger.capture("mail.old.example", "service", "purge-cron", "started", "stopped", UNIT)
    routes = [{"name": "a.test", "transport": None}, {"name": "anna@a.test", "transport": "lmtp:old:7025"}]
    ledger.capture("mail.old.example", "transport", "transports", routes, "smtp:[new]:25", UNIT)
    ledger.capture("mail.new.example", "authorized_key", "zimbra", "", "ssh-ed25519 AAAA", UNIT)
    ledger.release("mail.old.example", "property", "ZxBackup_RealTimeScanner", UNIT)
    result, page, _ = report(ledger, tmp_path, capsys)
    assert [one["remedy"] for one in result["outstanding"]] == [
        "Set service purge-cron on mail.old.example back to started.",
        "Remove authorized_key zimbra on mail.new.example: it was not set before.",
    ]
    assert "Not as before the migration" in page.text and result["outstanding"][0]["remedy"] in page.text
    assert "ZxBackup_RealTimeScanner" in page.text
    (kept,) = result["kept"]
    assert (kept["host"], kept["objects"]) == ("mail.old.example", 2) and "mailflow_undo" in kept["remedy"]
    assert "2 mail routes lead to the Destination" in page.text and "lmtp:old:7025" not in page.text


def test_items_of_a_failed_import_count_too(
    ledger: Ledger, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = (UNIT, ledger.begin_pass(UNIT, "delta")["number"], "external_restore", {"source_path": "/x"})
    for restored, state in ((70, "failed"), (1, "finished")):
        claim = ledger.claim(*key, host="mail.new.example")
        result = {"statistics": {"restored_items": restored}}
        ledger.record_attempt(*key, claim["attempt"]["number"], state, operation_id="id-2", result=result)
    ledger.finish_pass(UNIT, key[1], {"items": 1, "bytes": 0})
    _result, _page, data = report(ledger, tmp_path, capsys)
    assert data["moved"]["items"] == 10_071


def test_nothing_a_stranger_wrote_is_run(
    ledger: Ledger, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = finding(account=EVIL, folder=EVIL, subject=EVIL, reason=EVIL, rule=EVIL, explained=True, date=EVIL)
    ledger.record_evidence(UNIT, 3, "incomplete", counts(missing=1), [bad])
    ledger.capture(EVIL, EVIL, EVIL, EVIL, EVIL, UNIT)
    cutover(ledger)
    _, page, _ = report(ledger, tmp_path, capsys)
    assert page.names.isdisjoint({"script", "img", "link", "iframe", "object"})
    assert (page.loads, page.events) == ([], [])
    assert page.text.count("alert('x')") >= 6


def test_the_page_needs_nothing_else(
    ledger: Ledger, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report(ledger, tmp_path, capsys)
    text = (tmp_path / "report.html").read_text()
    assert not any(word in text for word in ("http:", "https:", "@import", "url(", "<script"))
    for word in ("width=device-width", "prefers-color-scheme: dark", "@media print", "data-label="):
        assert word in text
    assert stat.S_IMODE((tmp_path / "report.html").stat().st_mode) == 0o600


def test_the_same_ledger_changes_nothing(
    ledger: Ledger, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(ledger, tmp_path, capsys)[0]["changed"]
    assert not report(ledger, tmp_path, capsys)[0]["changed"]
    ledger.record_evidence(UNIT, 3, "complete", counts(), [])
    assert report(ledger, tmp_path, capsys)[0]["changed"]


def test_check_mode(ledger: Ledger, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    options: dict[str, Any] = {"ledger": str(tmp_path / "ledger.db"), "dest": str(tmp_path / "report.html")}
    assert run_main(migration_report.main, capsys, check=True, **options)["changed"]
    assert not (tmp_path / "report.html").exists()
    empty = run_main(migration_report.main, capsys, check=True, **{**options, "ledger": str(tmp_path / "none.db")})
    assert empty["verdict"] == "open" and not (tmp_path / "none.db").exists()
    missing = run_main(migration_report.main, capsys, **{**options, "ledger": str(tmp_path / "none.db")})
    assert missing["failed"] and missing["error"] == "LedgerMissing"


def test_words_for_numbers() -> None:
    assert [duration(value) for value in (None, 0, 59.6, 61, 3725)] == [
        "–",
        "0 s",
        "1 min 00 s",
        "1 min 01 s",
        "1 h 02 min",
    ]
    assert [number(value) for value in (1234567, 1.5, "x", True)] == ["1\u202f234\u202f567", "1.5", "x", "True"]
    assert [size(value) for value in (999, 1500, 81_402_113, 5e12)] == ["999 B", "1.5 kB", "81.4 MB", "5 TB"]
    assert (
        tag("a", "<", ["&", tag("b", '"')], data_label="'").text == '<a data-label="&#x27;">&lt;&amp;<b>&quot;</b></a>'
    )
