# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong between us and a SOAP service: leaves of the collection's one tree of errors."""

from typing import Any

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import MailopsError


class SoapError(MailopsError):
    """Root of everything that goes wrong with SOAP."""


class SoapTransportError(SoapError):
    """No connection, a broken one, no answer in time, or one cut short. ``sent``: the request may have arrived."""

    def __init__(self, message: str, sent: bool = True, **details: Any) -> None:
        super().__init__(message, **details)
        self.sent = sent


class SoapTrustError(SoapError):
    """The server's certificate is not trusted. Trying again does not help."""


class SoapAnswerError(SoapError):
    """An answer that is no SOAP envelope, or does not answer what was asked."""


class SoapConfigurationError(SoapError):
    """Neither the options nor the server's localconfig say where to connect and as whom."""


class SoapReadOnly(SoapError):
    """A request that changes something was about to be sent in check mode: a mistake in the collection."""


class SoapFault(SoapError):
    """The service understood and refused. ``code`` as the platform names it (``account.NO_SUCH_ACCOUNT``)."""

    def __init__(self, code: str, reason: str, sender: bool = True, request: str = "") -> None:
        about = request + ": " if request else ""
        super().__init__(f"{about}{reason} ({code})", code=code, reason=reason, request=request)
        self.code = code
        self.reason = reason
        # True: the request is wrong (soap:Sender). False: the service failed (soap:Receiver).
        self.sender = sender
