#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options before the command (zimbra-provisioning.md 1.2, 1.3): read up to the first word that is none."""

from __future__ import annotations

from dataclasses import dataclass

_WITH_VALUE = {
    "f": "file", "s": "server", "L": "logpropertyfile", "a": "account", "p": "password", "P": "passfile",
    "y": "authtoken", "Y": "authtokenfile",
}  # fmt: skip
_FLAGS = {
    "h": "help", "l": "ldap", "z": "zadmin", "v": "verbose", "d": "debug", "D": "debughigh", "m": "master",
    "t": "temp", "r": "replace", "fd": "forcedisplay",
}  # fmt: skip
_LONG = {name: name for name in (*_WITH_VALUE.values(), *_FLAGS.values())}


class OptionError(Exception):
    """``status`` 1 with the usage text for what cannot be read, 2 for options that exclude each other."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True)
class Options:
    """``values`` of options with an argument, ``flags`` of the others, ``command`` the rest of the words."""

    values: dict[str, str]
    flags: frozenset[str]
    command: list[str]

    @property
    def ldap(self) -> bool:
        """Credentials and a server switch back to SOAP, whatever ``-l`` says."""
        soap = {"account", "password", "passfile", "authtoken", "server"} & self.values.keys()
        return "ldap" in self.flags and not soap


def _name(word: str) -> str:
    """The long name of an option word; OptionError for an unknown one."""
    if word.startswith("--"):
        name = _LONG.get(word[2:].partition("=")[0])
    else:
        name = _WITH_VALUE.get(word[1:2]) if word[1:2] in _WITH_VALUE and word != "-fd" else _FLAGS.get(word[1:])
    if name is None:
        raise OptionError(f"Unrecognized option: {word}", 1)
    return name


def parse_options(argv: list[str]) -> Options:
    """Raises OptionError."""
    values: dict[str, str] = {}
    flags: set[str] = set()
    words = list(argv)
    while words and words[0].startswith("-") and words[0] != "-":
        word = words.pop(0)
        name = _name(word)
        if name in _FLAGS.values():
            flags.add(name)
            continue
        joined = word.partition("=")[2] if word.startswith("--") else word[2:]
        if not joined and not words:
            raise OptionError(f"Missing argument for option: {word.lstrip('-')}", 1)
        values[name] = joined or words.pop(0)
    _check(values, flags)
    return Options(values, frozenset(flags), words)


def _check(values: dict[str, str], flags: set[str]) -> None:
    ldap = "ldap" in flags
    for wrong, text in (
        (ldap and "server" in values, "cannot specify both -l and -s at the same time"),
        ("logpropertyfile" in values and not ldap, "cannot specify -L when -l is not specified"),
        ("master" in flags and not ldap, "cannot specify -m when -l is not specified"),
        (
            "authtoken" in values and "authtokenfile" in values,
            "cannot specify authtoken when authtokenfile is specified",
        ),
        ("debug" in flags and "debughigh" in flags, "cannot specify both -d and -D at the same time"),
    ):
        if wrong:
            raise OptionError(text, 2)
