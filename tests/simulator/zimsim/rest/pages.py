#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refusals of the REST interface with the container's own error pages."""

from __future__ import annotations

from html import escape


class RestError(Exception):
    """``status`` and reason; ``challenge`` adds ``WWW-Authenticate: BASIC``."""

    def __init__(self, status: int, message: str, *, challenge: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.challenge = challenge


def must_authenticate(*, challenge: bool = False) -> RestError:
    return RestError(401, "must authenticate", challenge=challenge)


def no_such_item() -> RestError:
    return RestError(404, "no such item")


def formatter_failure(fmt: str) -> RestError:
    return RestError(
        500,
        "javax.servlet.ServletException: javax.servlet.ServletException: com.zimbra.common.service.ServiceException:"
        f" system failure: {fmt} formatter failure\nCode:service.FAILURE",
    )


def page(problem: RestError, path: str) -> str:
    message = escape(problem.message)
    caused = f"<tr><th>CAUSED BY:</th><td>{message}</td></tr>\n" if problem.status == 500 else ""
    return (
        '<html>\n<head>\n<meta http-equiv="Content-Type" content="text/html;charset=ISO-8859-1"/>\n'
        f"<title>Error {problem.status} {message}</title>\n</head>\n"
        f"<body><h2>HTTP ERROR {problem.status} {message}</h2>\n<table>\n"
        f"<tr><th>URI:</th><td>{escape(path)}</td></tr>\n<tr><th>STATUS:</th><td>{problem.status}</td></tr>\n"
        f"<tr><th>MESSAGE:</th><td>{message}</td></tr>\n<tr><th>SERVLET:</th><td>UserServlet</td></tr>\n{caused}"
        "</table>\n\n</body>\n</html>\n"
    )
