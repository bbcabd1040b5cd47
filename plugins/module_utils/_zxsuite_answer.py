# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``zxsuite``/``carbonio`` printed, made one thing: envelopes, errors, and the text form where JSON is missing.

Shapes (reference: zextras-cli 1.6): the local envelope ``{"response": ..., "ok": true}``, the nested one per server
(``"nested": true``), the bare object, and ``ok: false`` with a serialised error whose message is a template. The exit
status without ``--sync`` is not documented: a zero proves nothing, anything else is a failure.
"""

import json
import re
from typing import Any, Dict, List, NamedTuple, Optional

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import (
    CommandError,
    DialectError,
    ParseError,
    Unreachable,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._runner import Result
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_text import parse_text, truth

# Can come with exit status 0 (reference: zextras-cli 1.1, F30).
UNREACHABLE_TEXT = "Unable to communicate with server"
_HELP_PAGE = re.compile(r"^\s*(Syntax:|PARAMETER LIST|command \S+ requires more parameters)", re.MULTILINE)
_UNKNOWN_COMMAND = re.compile(r"(unknown|no such|unavailable|invalid) (command|module)|command not found", re.I)
_ERROR_LINE = re.compile(r"^\s*(ERROR|FATAL|Exception|[\w.$]+Exception)\b[:\s]", re.MULTILINE)


class ServerAnswer(NamedTuple):
    """``server`` is ``None`` in the local form."""

    server: Optional[str]
    response: Any


class Answer(NamedTuple):
    """``servers``: at least one. ``text``: standard output as it came. ``is_json``: else ``response`` is read text."""

    servers: List[ServerAnswer]
    text: str
    is_json: bool

    @property
    def response(self) -> Any:
        """The response of the only server, or of the first one."""
        return self.servers[0].response


def expand(message: str, details: Dict[str, Any]) -> str:
    """Fill the ``{placeholders}`` of an error's message from its details; a null becomes the empty string."""

    def value(match: Any) -> str:
        name = match.group(1)
        if name not in details:
            return str(match.group(0))
        return "" if details[name] is None else str(details[name])

    return re.sub(r"\{(\w+)\}", value, message)


def describe_error(error: Any) -> Dict[str, Any]:
    """``{"code", "message", "cause"}`` of an ``error`` value; the cause chain's last word is ``cause``."""
    if not isinstance(error, dict):
        return {"code": None, "message": str(error), "cause": None}
    told = error.get("details")
    details: Dict[str, Any] = told if isinstance(told, dict) else {}
    cause: Any = details.get("cause")
    inner = error.get("cause")
    if not cause and inner:
        cause = describe_error(inner)["message"]
    return {
        "code": error.get("code"),
        "message": expand(str(error.get("message") or ""), details),
        "cause": cause,
    }


def parse_answer(result: Result, command: str) -> Answer:
    """Read one answer; ``command`` (for messages) is what was run, without its arguments' values.

    Raises :class:`Unreachable` for the text of F30 whatever the exit status, :class:`CommandError` for an error of the
    platform, :class:`DialectError` for a help page or an unknown command, :class:`ParseError` for nothing at all.
    """
    value = _json_value(result.out)
    if value is None:
        return _text_answer(result, command)
    servers = _unfold(value, command)
    if result.rc != 0:
        raise CommandError(f"{command} ended with exit status {result.rc}.", **_output(result))
    return Answer(servers, result.out, True)


def _text_answer(result: Result, command: str) -> Answer:
    said = result.out + "\n" + result.err
    if UNREACHABLE_TEXT in said:
        raise Unreachable(
            f"{command}: '{UNREACHABLE_TEXT}'. mailboxd or its extension does not answer: look at 'zmcontrol status' "
            "and at the end of log/mailbox.log.",
            **_output(result),
        )
    if _UNKNOWN_COMMAND.search(said) or _HELP_PAGE.search(said):
        raise DialectError(f"{command} is not a command of this platform, or wants other arguments.", **_output(result))
    if result.rc != 0:
        raise CommandError(f"{command} ended with exit status {result.rc}: {_first_line(said)}", **_output(result))
    if _ERROR_LINE.search(said):
        raise CommandError(f"{command} reports an error: {_first_line(said)}", **_output(result))
    if not result.out.strip():
        raise ParseError(f"{command} printed nothing.", **_output(result))
    return Answer([ServerAnswer(None, parse_text(result.out))], result.out, False)


def _unfold(value: Any, command: str) -> List[ServerAnswer]:
    if not isinstance(value, dict):
        return [ServerAnswer(None, value)]
    response = value.get("response")
    nested = truth(value.get("nested")) is True and isinstance(response, dict)
    if nested and isinstance(response, dict):
        # Each server first: its error says more than the outer one.
        servers = []
        for name, inner in response.items():
            _require_ok(inner, f"{command} on {name}")
            answer = inner.get("response", inner) if isinstance(inner, dict) else inner
            servers.append(ServerAnswer(str(name), answer))
        _require_ok(value, command)
        if not servers:
            raise ParseError(f"{command} answered for no server at all.")
        return servers
    _require_ok(value, command)
    return [ServerAnswer(None, value.get("response", value))]


def _require_ok(value: Any, command: str) -> None:
    if not isinstance(value, dict):
        return
    failed = truth(value.get("ok")) is False if "ok" in value else False
    status = value.get("status")
    failed = failed or (isinstance(status, int) and status >= 400)
    error = value.get("error")
    if not failed and not error:
        return
    said = describe_error(error if error is not None else value.get("response") or "no reason given")
    text = str(said["message"] or said["cause"] or "no reason given")
    if said["cause"] and str(said["cause"]) not in text:
        text = f"{text} (cause: {said['cause']})"
    code = f" [{said['code']}]" if said["code"] else ""
    leaf = Unreachable if UNREACHABLE_TEXT in text else CommandError
    raise leaf(f"{command} failed: {text}{code}", **said)


def _json_value(text: str) -> Any:
    """The JSON value in ``text``, also behind lines of something else (a JVM warns on standard output)."""
    decoder = json.JSONDecoder()
    for match in re.finditer(r"^\s*[{\[]", text, re.MULTILINE):
        try:
            value, end = decoder.raw_decode(text, match.end() - 1)
        except ValueError:
            continue
        if not text[end:].strip():
            return value
    return None


def _first_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[0][:300] if lines else "no text"


def _output(result: Result) -> Dict[str, Any]:
    return {"rc": result.rc, "stdout": result.out[-2000:], "stderr": result.err[-2000:]}
