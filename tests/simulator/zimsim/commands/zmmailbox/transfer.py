#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``gru`` and ``pru``: the REST service of this server, asked over HTTPS as the real program does (90e to 90m)."""

from __future__ import annotations

import contextlib
import http.client
import os
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

from zimsim.commands.context import CommandContext
from zimsim.commands.zmprov.session import ClientError
from zimsim.config import Config
from zimsim.model import Entry
from zimsim.model.errors import ServiceError, failure
from zimsim.soap.tokens import Tokens

_CHUNK = 256 * 1024
_SAFE = "/?&=:+,;@$!*'()~-._%"
_TIMEOUT = 3600.0


def _connection(config: Config) -> http.client.HTTPSConnection:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(config.address, config.ports["admin_https"], timeout=_TIMEOUT, context=context)


def _headers(context: CommandContext) -> dict[str, str]:
    """With a token of the server's administrator, who may read any mailbox on the admin port (R42)."""
    server = context.server
    admin = server.store.directory.get("account", server.config.admin)
    token, _ = Tokens(server.config.token_key, server.store.directory).issue(admin, admin=True)
    return {"Cookie": f"ZM_ADMIN_AUTH_TOKEN={token}"}


def _path(account: Entry, words: str) -> str:
    """``//?fmt=tgz`` and ``/?fmt=tgz`` both mean the whole mailbox."""
    relative = words.lstrip("/") if words.startswith("/") else words
    return f"/home/{account.name}/{relative}"


def _shown(config: Config, path: str) -> str:
    return f"https://{config.hostname}:{config.ports['user_https']}{path}"


def _take(words: list[str], *options: str) -> tuple[dict[str, str], list[str]]:
    """Options with a value, wherever they stand."""
    values: dict[str, str] = {}
    rest: list[str] = []
    todo = list(words)
    while todo:
        word = todo.pop(0)
        if word in options and todo:
            values[options[0] if word in options[:2] else word] = todo.pop(0)
        else:
            rest.append(word)
    return values, rest


def get_rest_url(context: CommandContext, account: Entry, words: list[str]) -> None:
    """The file of ``-o`` is made before the request: a failed export leaves an empty one (R61)."""
    values, rest = _take(words, "-o", "--output", "--startTime", "--endTime", "-u", "--url")
    path = _path(account, rest[0])
    for name, value in values.items():
        if name in ("--startTime", "--endTime"):
            path += f"{'&' if '?' in path else '?'}{'start' if name == '--startTime' else 'end'}={value}"
    output = values.get("-o")
    if output is None:
        _download(context, path, lambda chunk: context.out(chunk.decode("utf-8", "surrogateescape")))
        return
    with Path(context.cwd, output).open("wb") as target:
        _download(context, path, target.write)


def _download(context: CommandContext, path: str, write: Callable[[bytes], object]) -> None:
    config = context.server.config
    try:
        connection = _connection(config)
        with contextlib.closing(connection):
            connection.request("GET", quote(path, safe=_SAFE), headers=_headers(context))
            response = connection.getresponse()
            if response.status != 200:
                reason = f"status={response.status}.  {response.reason}"
                raise failure(f"GET from {_shown(config, path)} failed, {reason}")
            while chunk := response.read(_CHUNK):
                write(chunk)
    except (OSError, http.client.HTTPException) as error:
        raise _broken(config, error) from None


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        while chunk := source.read(_CHUNK):
            yield chunk


def post_rest_url(context: CommandContext, account: Entry, words: list[str]) -> None:
    """What the service did with each item is not looked at: a cut archive ends with status 0 (R47, R61)."""
    _, rest = _take(words, "-c", "--contentType", "-u", "--url", "--ignore")
    if len(rest) < 2:
        raise ServiceError("zclient.CLIENT_ERROR", "not enough arguments for postRestURL(pru)")
    source = Path(context.cwd, rest[1])
    if not source.is_file():
        cause = f"java.io.FileNotFoundException {rest[1]} (No such file or directory)"
        raise ClientError("zclient.CLIENT_ERROR", f"file not found: {rest[1]}", cause)
    config = context.server.config
    headers = _headers(context) | {"Content-Length": str(os.stat(source).st_size)}
    try:
        connection = _connection(config)
        with contextlib.closing(connection):
            path = quote(_path(account, rest[0]), safe=_SAFE)
            connection.request("POST", path, body=_pieces(source), headers=headers)
            response = connection.getresponse()
            response.read()
    except (OSError, http.client.HTTPException) as error:
        raise _broken(config, error) from None
    if response.status != 200:
        raise failure(f"POST failed, status={response.status} {response.status}")


def _broken(config: Config, error: Exception) -> ClientError:
    return ClientError("zclient.IO_ERROR", f"invoke {error}, server: {config.hostname}", f"java.io.IOException {error}")
