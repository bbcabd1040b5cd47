#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Password hashes as the directory stores them (R26, R27, R68)."""

from __future__ import annotations

import base64
import binascii
import ctypes
import ctypes.util
import hashlib
import hmac
import os

_SHA512_SALT = 8
# scheme -> (digest, the salt lengths that can log in)
_SCHEMES: dict[str, tuple[str, tuple[int, ...] | None]] = {
    "SSHA": ("sha1", None),
    "SSHA256": ("sha256", None),
    "SSHA512": ("sha512", (_SHA512_SALT,)),
    "SHA": ("sha1", (0,)),
    "SMD5": ("md5", None),
    "MD5": ("md5", (0,)),
}


def hashed(password: str) -> str:
    """``{SSHA512}...`` with an 8-byte salt, the platform's own default."""
    salt = os.urandom(_SHA512_SALT)
    digest = hashlib.sha512(password.encode() + salt).digest()
    return "{SSHA512}" + base64.b64encode(digest + salt).decode("ascii")


def matches(stored: str, password: str) -> bool:
    """Whether ``password`` opens ``stored``; unknown schemes never do. Text without a scheme is clear text."""
    if not stored.startswith("{"):
        return hmac.compare_digest(stored.encode(), password.encode())
    scheme, _, payload = stored[1:].partition("}")
    scheme = scheme.upper()
    if scheme == "CRYPT":
        return _crypt_matches(payload, password)
    if scheme not in _SCHEMES:
        return False
    name, salts = _SCHEMES[scheme]
    try:
        raw = base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError):
        return False
    length = hashlib.new(name, usedforsecurity=False).digest_size
    digest, salt = raw[:length], raw[length:]
    if len(digest) != length or (salts is not None and len(salt) not in salts):
        return False
    return hmac.compare_digest(digest, hashlib.new(name, password.encode() + salt, usedforsecurity=False).digest())


def _crypt_matches(payload: str, password: str) -> bool:
    """The system's crypt(3), SHA-512 only: whatever else it knows depends on the directory's build (R27)."""
    name = ctypes.util.find_library("crypt")
    if name is None or not payload.startswith("$6$"):
        return False
    function = ctypes.CDLL(name).crypt
    function.restype = ctypes.c_char_p
    result: bytes | None = function(password.encode(), payload.encode())
    return result is not None and hmac.compare_digest(result, payload.encode())
