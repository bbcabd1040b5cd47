# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventory files: sorted, gzip-compressed JSON lines that any number of items fit into.

Records come in as the mailboxes give them, by several threads. They are sorted in portions on disk and merged at the
end, so memory does not grow with the number of items. A reader takes nothing on trust: order, format and the counts and
checksum in the last line are verified, a file that was cut or edited is an error.
"""

import collections
import contextlib
import gzip
import hashlib
import heapq
import json
import os
import shutil
import tempfile
import threading
import time
import zlib
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

from ansible_collections.mailops.zimbra.plugins.module_utils._inventory import (
    ACCOUNT,
    END,
    FORMAT,
    HEADER,
    sort_key,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._inventory_errors import InventoryFileError

# Characters of lines kept in memory before a sorted portion goes to disk.
_PORTION = 16 * 1024 * 1024


class Written(NamedTuple):
    """What became of a file: whether it differs from the one before, and how many records it holds."""

    changed: bool
    accounts: int
    records: int


class InventoryWriter:
    """Gathers records and writes them sorted. Use as a context manager; without :meth:`commit` nothing is left behind.

    ``path`` None gathers nothing and writes nothing (check mode).
    """

    def __init__(self, path: Optional[str], portion: int = _PORTION) -> None:
        self._path = os.path.abspath(path) if path is not None else None
        self._portion = portion
        self._lock = threading.Lock()
        self._lines: List[str] = []
        self._held = 0
        self._generation: Dict[Tuple[str, int], int] = {}
        self._spools: List[str] = []
        self._directory: Optional[str] = None

    def __enter__(self) -> "InventoryWriter":
        if self._path is not None:
            parent, name = os.path.split(self._path)
            prefix = f".{name}-"
            try:
                _clear_old(parent, prefix)
                self._directory = tempfile.mkdtemp(prefix=prefix, dir=parent)
            except OSError as error:
                raise InventoryFileError(
                    f"Cannot write next to {self._path}: {error.strerror or error}.", path=self._path
                ) from None
        return self

    def __exit__(self, *_: Any) -> None:
        if self._directory:
            shutil.rmtree(self._directory, ignore_errors=True)

    def add(self, record: Dict[str, Any]) -> None:
        """Take one account, folder or item record. Safe to call from several threads."""
        if self._directory is None:
            return
        text = _json(record)
        key = sort_key(record)
        with self._lock:
            line = f"{key}\t{self._generation.get(_name(record), 0)}\t{text}\n"
            self._lines.append(line)
            self._held += len(line)
            if self._held >= self._portion:
                self._spill(self._directory)

    def supersede(self, account: str, item_id: int) -> None:
        """Forget what was said about an item so far: it was changed or deleted while the mailbox was listed."""
        with self._lock:
            self._generation[(account, item_id)] = self._generation.get((account, item_id), 0) + 1

    def _spill(self, directory: str) -> None:
        path = os.path.join(directory, f"{len(self._spools):06d}")
        self._lines.sort()
        with open(path, "w", encoding="utf-8", newline="\n") as spool:
            spool.writelines(self._lines)
        self._spools.append(path)
        self._lines = []
        self._held = 0

    def _merged(self) -> Iterator[Tuple[Dict[str, Any], str]]:
        self._lines.sort()
        with contextlib.ExitStack() as stack:
            spools = [stack.enter_context(open(path, encoding="utf-8", newline="\n")) for path in self._spools]
            for line in heapq.merge(self._lines, *spools):
                generation, text = line.split("\t", 2)[1:]
                record = json.loads(text)
                if int(generation) == self._generation.get(_name(record), 0):
                    yield record, text

    def commit(self, header: Dict[str, Any]) -> Written:
        """Write the file: all of it, mode 0600, under its name only when it is whole.

        ``header``: what was taken, when and from where. A file that already says the same about every record is left
        as it is, with its older header.
        """
        if self._path is None or self._directory is None:
            return Written(False, 0, 0)
        whole = os.path.join(self._directory, "whole")
        end: Dict[str, Any] = {"record": END, "accounts": 0, "records": 0, "sha256": ""}
        digest = hashlib.sha256()
        descriptor = os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as raw:
            with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=raw, mtime=0) as packed:
                packed.write((_json(dict(header, record=HEADER, format=FORMAT)) + "\n").encode("ascii"))
                for record, text in self._merged():
                    line = text.encode("ascii")
                    digest.update(line)
                    packed.write(line)
                    end["records"] += 1
                    end["accounts"] += record["record"] == ACCOUNT
                end["sha256"] = digest.hexdigest()
                packed.write((_json(end) + "\n").encode("ascii"))
            raw.flush()
            os.fsync(raw.fileno())
        changed = last_checksum(self._path) != end["sha256"]
        if changed:
            os.replace(whole, self._path)
        return Written(changed, end["accounts"], end["records"])


def _json(value: Dict[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def _name(record: Dict[str, Any]) -> Tuple[str, int]:
    return record["account"], record["id"] if isinstance(record.get("id"), int) else 0


def _clear_old(parent: str, prefix: str) -> None:
    """Remove what runs that were killed more than a day ago left here."""
    for name in os.listdir(parent):
        path = os.path.join(parent, name)
        if name.startswith(prefix) and os.path.isdir(path) and os.path.getmtime(path) < time.time() - 86400:
            shutil.rmtree(path, ignore_errors=True)


def last_checksum(path: str) -> Optional[str]:
    """Checksum of the records of a file, None when there is no whole inventory file at ``path``."""
    try:
        with InventoryReader(path) as reader:
            collections.deque(reader, maxlen=0)
            return reader.checksum
    except InventoryFileError:
        return None


class InventoryReader:
    """Reads an inventory file record by record: ``header`` first, then iteration over the rest.

    Raises :class:`InventoryFileError` for a file that is missing, of another format, out of order, cut or edited; the
    last two are only known at the end, so nothing that was read counts before the iteration is over.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.header: Dict[str, Any] = {}
        self.checksum = ""
        self._file: Optional[gzip.GzipFile] = None

    def __enter__(self) -> "InventoryReader":
        try:
            self._file = gzip.GzipFile(self.path, "rb")
        except OSError as error:
            raise self._wrong(error.strerror or str(error)) from None
        self.header = self._parse(self._line())
        if self.header.get("record") != HEADER or self.header.get("format") != FORMAT:
            self.__exit__()
            raise self._wrong(f"it is not an inventory of format {FORMAT}")
        return self

    def __exit__(self, *_: Any) -> None:
        if self._file:
            self._file.close()

    def _wrong(self, what: str) -> InventoryFileError:
        return InventoryFileError(
            f"The inventory file {self.path} cannot be used: {what}. Take the inventory again.", path=self.path
        )

    def _read(self) -> bytes:
        try:
            return self._file.readline() if self._file else b""
        except (OSError, EOFError, zlib.error) as error:
            raise self._wrong(f"it is damaged ({error})") from None

    def _line(self) -> bytes:
        line = self._read()
        if not line.endswith(b"\n"):
            raise self._wrong("it ends early")
        return line

    def _parse(self, line: bytes) -> Dict[str, Any]:
        try:
            record = json.loads(line.decode("ascii"))
        except ValueError:
            raise self._wrong("a line is not JSON") from None
        if not isinstance(record, dict):
            raise self._wrong("a line is not a record")
        return record

    def __iter__(self) -> Iterator[Dict[str, Any]]:
        digest = hashlib.sha256()
        accounts = records = 0
        last = ""
        while True:
            line = self._line()
            record = self._parse(line)
            if record.get("record") == END:
                break
            try:
                key = sort_key(record)
            except KeyError as error:
                raise self._wrong(f"a record lacks {error}") from None
            if key < last:
                raise self._wrong("it is not sorted")
            last = key
            digest.update(line)
            records += 1
            accounts += record["record"] == ACCOUNT
            yield record
        self.checksum = digest.hexdigest()
        if (record.get("accounts"), record.get("records"), record.get("sha256")) != (accounts, records, self.checksum):
            raise self._wrong("its records do not match its checksum")
        if self._read():
            raise self._wrong("something follows its end")
