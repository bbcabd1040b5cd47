# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as one HTML file: no script, nothing loaded from anywhere.

Subjects and folder names are written by strangers. Text becomes HTML in :func:`tag` alone, which escapes whatever is
not already a :class:`Html`, so nothing can be forgotten.
"""

import html
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Sequence

from ansible_collections.mailops.zimbra.plugins.module_utils._report_style import STYLE

# Findings shown of one unit; the JSON file has what the ledger keeps.
_SHOWN = 300
_MOVED = {"items": "items moved by the passes", "bytes": "transferred"}
_WORDS = {"complete": "Complete", "explained": "Explained", "incomplete": "Incomplete", "open": "Not proven yet"}


class Html(NamedTuple):
    """Text that is HTML already."""

    text: str


def tag(name: str, *children: Any, **attributes: str) -> Html:
    """An element. Children that are not :class:`Html` are escaped; ``class_`` and ``data_label`` become attributes."""
    given = "".join(
        ' {}="{}"'.format(key.rstrip("_").replace("_", "-"), html.escape(value, quote=True))
        for key, value in attributes.items()
    )
    return Html(f"<{name}{given}>{_inner(children)}</{name}>")


def _inner(children: Iterable[Any]) -> str:
    parts = []
    for child in children:
        if isinstance(child, Html):
            parts.append(child.text)
        elif isinstance(child, list):
            parts.append(_inner(child))
        else:
            parts.append(html.escape(str(child), quote=True))
    return "".join(parts)


def duration(seconds: Optional[float]) -> str:
    """``2 h 05 min``, ``3 min 20 s``, ``12 s``; a dash for what is not known."""
    if seconds is None:
        return "–"
    whole = int(round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {left:02d} s" if minutes else f"{left} s"


def number(value: Any) -> str:
    """Thousands apart by a thin blank; anything else as it is."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}".replace(",", "\u202f")
    return f"{value:g}" if isinstance(value, float) else str(value)


def size(value: float) -> str:
    """Bytes in the unit one would say."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(value) < 1000:
            return f"{value:.3g} {unit}" if unit != "B" else f"{int(value)} B"
        value /= 1000.0
    return f"{value:.4g} TB"


def time(text: str) -> str:
    """A time of the ledger without its milliseconds."""
    return text[:19].replace("T", " ") + " UTC" if len(text) > 18 else text


def _amount(name: str, value: Any) -> str:
    return size(value) if name.endswith("bytes") else number(value)


def _title(name: str) -> str:
    return name.replace("_", " ")


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> Html:
    """A table whose cells know the head of their column, so that a phone can show them one below the other."""
    body = [tag("tr", [tag("td", cell, data_label=head) for head, cell in zip(heads, row)]) for row in rows]
    head = tag("thead", tag("tr", [tag("th", text, scope="col") for text in heads]))
    return tag("table", tag("caption", caption), head, tag("tbody", body))


def _mark(verdict: str) -> Html:
    return tag("span", _WORDS.get(verdict, verdict), class_="mark " + verdict)


def _card(value: str, label: str) -> Html:
    return tag("div", tag("b", value), tag("span", label), class_="card")


def _verdict(report: Dict[str, Any]) -> Html:
    verdict = report["verdict"]
    return tag("section", tag("strong", _WORDS[verdict]), tag("p", report["sentence"]), class_="verdict " + verdict)


def _cards(report: Dict[str, Any]) -> Html:
    counts = report["counts"]
    cards = [_card(number(len(report["units"])), "units")]
    for name, label in (
        ("accounts", "accounts compared"),
        ("source", "items on the Source"),
        ("matched", "found on the Destination"),
        ("missing", "missing"),
        ("doubled", "doubled"),
        ("differing", "different"),
        ("open", "findings to look at"),
    ):
        if name in counts:
            cards.append(_card(number(counts[name]), label))
    for name, value in sorted(report["moved"].items()):
        cards.append(_card(_amount(name, value), _MOVED.get(name, "moved: " + _title(name))))
    cards.append(_card(number(len(report["outstanding"])), "settings not put back yet"))
    return tag("section", cards, class_="cards")


def _windows(report: Dict[str, Any]) -> List[Html]:
    rows = []
    for unit in report["units"]:
        window = unit["window"]
        if window["opened"]:
            expected = duration(window["predicted_seconds"])
            if window["prediction"]:
                expected += f" ({window['prediction']})"
            rows.append(
                [
                    unit["name"],
                    time(window["opened"]),
                    time(window["mail_switched"]),
                    time(window["closed"]) or "still open",
                    expected,
                    duration(window["seconds"]),
                ]
            )
    if not rows:
        return []
    heads = ("Unit", "Opened", "Mail switched", "Closed", "Expected", "Measured")
    return [
        tag("h2", "Window"),
        table("The time in which mail was on its way from one side to the other.", heads, rows),
    ]


def _moved(moved: Dict[str, Any]) -> str:
    said = [
        f"{_title(name)} {_amount(name, value)}" for name, value in sorted(moved.items()) if value not in ("", None)
    ]
    return ", ".join(said)


def _passes(unit: Dict[str, Any]) -> List[Html]:
    longest = max([one["seconds"] or 0 for one in unit["passes"]] or [0])
    rows = []
    for one in unit["passes"]:
        share = 100.0 * (one["seconds"] or 0) / longest if longest else 0
        rows.append(
            [
                number(one["number"]),
                one["phase"],
                one["state"],
                time(one["opened"]),
                tag("span", duration(one["seconds"]), tag("i", class_="bar", style=f"width:{share:.1f}%")),
                _moved(one["moved"]),
            ]
        )
    operations = [
        [
            number(one["number"]),
            _title(operation["operation"]),
            operation["host"],
            operation["state"] + (f", attempt {operation['attempts']}" if operation["attempts"] > 1 else ""),
            time(operation["started"]),
            duration(operation["seconds"]),
            _moved(operation["statistics"]) or operation["message"],
        ]
        for one in unit["passes"]
        for operation in one["operations"]
    ]
    out = [table("Passes", ("Pass", "Phase", "State", "Began", "Took", "Moved"), rows)]
    if operations:
        heads = ("Pass", "Operation", "Host", "State", "Began", "Took", "Result")
        out += [tag("h3", "Operations"), table("What the servers did.", heads, operations)]
    return out


def _findings(unit: Dict[str, Any]) -> List[Html]:
    findings = unit["findings"]
    if not findings:
        return []
    rows = [
        [
            tag("span", finding["class"], class_="mark " + ("explained" if finding["explained"] else "incomplete")),
            finding["account"],
            finding["folder"],
            finding["subject"] or f"({finding['type']})",
            finding["date"].replace("T", " ").replace("Z", ""),
            finding["reason"] + (f" Explained: {_title(finding['rule'])}." if finding["explained"] else ""),
        ]
        for finding in findings[:_SHOWN]
    ]
    caption = "{} of {} findings; those that nothing explains come first. Times are UTC.".format(
        number(len(rows)), number(max(unit["findings_total"], len(findings)))
    )
    heads = ("What", "Account", "Folder", "Subject", "Date", "Why")
    return [tag("h3", "Findings"), table(caption, heads, rows)]


def _unit(unit: Dict[str, Any]) -> List[Html]:
    counts = unit["counts"]
    said = "no evidence yet"
    if counts:
        said = "{} of {} items matched in {} accounts, evidence of {}".format(
            number(counts.get("matched", 0)),
            number(counts.get("source", 0)),
            number(counts.get("accounts", 0)),
            time(unit["evidence_recorded"]),
        )
    if unit["afterwards"]:
        said += "; {} more arrived on the Destination since the mail was switched".format(number(unit["afterwards"]))
    head = tag("p", _mark(unit["verdict"]), f" · method {unit['method']} · {said}")
    return [tag("h2", "Unit " + unit["name"]), head, *_findings(unit), *_passes(unit)]


def _settings(report: Dict[str, Any]) -> List[Html]:
    out: List[Html] = [tag("h2", "Settings")]
    if report["outstanding"]:
        items = [tag("li", one["remedy"]) for one in report["outstanding"]]
        out.append(tag("div", tag("b", "Not as before the migration:"), tag("ul", items), class_="alarm"))
    elif report["put_back"]:
        out.append(tag("p", "Every setting that was changed for the migration is as it was before."))
    else:
        out.append(tag("p", "No setting was changed for the migration."))
    for one in report["kept"]:
        said = "{host}: {objects} mail routes lead to the Destination since {since}. {remedy}"
        out.append(tag("p", said.format(since=time(one["captured"]), **one)))
    if report["put_back"]:
        rows = [
            [one["host"], _title(one["kind"]), one["name"], one["before"], time(one["released"])]
            for one in report["put_back"]
        ]
        out.append(table("Changed and put back.", ("Host", "Kind", "Setting", "Value", "Put back"), rows))
    return out


def render(report: Dict[str, Any]) -> str:
    """The whole file. ``report``: what :func:`_report.build` returns."""
    migration = report["migration"]
    name = migration.get("name", "")
    route = "{} → {}".format(", ".join(migration.get("source", [])), ", ".join(migration.get("destination", [])))
    body = [
        tag("h1", f"Migration {name} · {migration.get('procedure', '')} · {route}"),
        _verdict(report),
        _cards(report),
        *([] if not report["outstanding"] else _settings(report)),
        *_windows(report),
        *[part for unit in report["units"] for part in _unit(unit)],
        *([] if report["outstanding"] else _settings(report)),
        tag("footer", "From the ledger of the migration as of {}.".format(time(report["as_of"]) or "its opening")),
    ]
    head = [
        Html('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'),
        tag("title", f"Migration {name}: {_WORDS[report['verdict']]}"),
        tag("style", Html(STYLE)),
    ]
    return "<!doctype html>\n" + tag("html", tag("head", head), tag("body", tag("main", body)), lang="en").text + "\n"
