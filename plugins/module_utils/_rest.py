# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of a mailbox as a REST export tells it: a tgz with ``.meta`` entries, read as a stream.

Nothing is kept but the item at hand, so a mailbox of any size can be listed. What can go wrong inside an archive is
said: a cut stream raises :class:`ArchiveTruncated`, an ``.err`` entry or bytes that are not the recorded ones come back
as the ``damage`` of their item. What an archive silently leaves out (R44, R45, an early end with HTTP 200) cannot be
seen here: whoever calls compares the ids with those of another source.
"""

import re
import tarfile
import zlib
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional
from urllib.parse import quote, urlencode

from ansible_collections.mailops.zimbra.plugins.module_utils._inventory_errors import (
    ArchiveError,
    ArchiveTruncated,
    MetaError,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._meta import (
    ItemMeta,
    digest_of_bytes,
    encode_digest,
    parse_meta,
)

_BLOCK = 512
_CHUNK = 64 * 1024
# A header section longer than this is searched for its Message-ID only so far.
_HEADER_LIMIT = 256 * 1024
_META_LIMIT = 16 * 1024 * 1024
_GZIP = b"\x1f\x8b"
_MESSAGE_ID = re.compile(rb"^message-id:[ \t]*((?:[^\r\n]|\r?\n[ \t])*)", re.IGNORECASE | re.MULTILINE)
# Kinds whose recorded digest is that of the bytes the archive carries.
_HASHED = frozenset(["message", "document", "chat"])


def export_path(account: str, folder: str = "/", content: bool = True, ids: Iterable[int] = ()) -> str:
    """Path and query of the export of ``folder`` and all below it, or of the items ``ids`` alone.

    ``content`` false leaves message bodies out. An URL of more than 11,000 bytes is refused (R44).
    """
    query = [("fmt", "tgz"), ("meta", "1")]
    if not content:
        query.append(("body", "0"))
    listed = ",".join(str(item) for item in ids)
    if listed:
        query.append(("list", listed))
    user = quote(account, safe="@")
    return f"/service/home/{user}{quote(folder)}?{urlencode(query, safe=',')}"


class Listed(NamedTuple):
    """One item of an archive. ``damage`` says what is wrong with its bytes, None when nothing is known to be."""

    meta: ItemMeta
    message_id: str
    content_digest: Optional[str]
    damage: Optional[str]


class _Gunzip:
    """``read(size)`` of one gzip layer: exactly ``size`` bytes, fewer only at the proper end of the stream."""

    def __init__(self, source: Any) -> None:
        """``source``: anything with ``read(size) -> bytes``; network errors are its own."""
        self._source = source
        self._inflate = zlib.decompressobj(31)
        self._ready = b""
        self._empty = True

    def read(self, size: int) -> bytes:
        """Raises :class:`ArchiveTruncated` when the stream stops early, :class:`ArchiveError` when it is no gzip."""
        while len(self._ready) < size and not self._inflate.eof:
            packed = self._source.read(_CHUNK)
            if not packed and self._empty:
                raise ArchiveTruncated("The export answered with no archive at all, although its status said success.")
            if not packed:
                raise ArchiveTruncated("The archive stops in the middle of its gzip stream.")
            self._empty = False
            try:
                self._ready += self._inflate.decompress(packed)
            except zlib.error as error:
                raise ArchiveError(f"The archive is no gzip stream: {error}.") from None
        piece, self._ready = self._ready[:size], self._ready[size:]
        return piece


class _Prefixed:
    """``read(size)`` of bytes that were already taken from a stream, then of the stream."""

    def __init__(self, head: bytes, source: Any) -> None:
        self._head = head
        self._source = source

    def read(self, size: int) -> bytes:
        piece, self._head = self._head[:size], self._head[size:]
        if len(piece) == size:
            return piece
        rest: bytes = self._source.read(size - len(piece))
        return piece + rest


def _unpacked(source: Any) -> Any:
    """The tar stream inside ``source``, also when the answer was gzipped once more on its way (R82)."""
    outer = _Gunzip(source)
    head = outer.read(2)
    inner = _Prefixed(head, outer)
    return _Gunzip(inner) if head == _GZIP else inner


class _Entry(NamedTuple):
    """A file in the archive: its whole name, its size in bytes, and the stream that stands at its first byte."""

    name: str
    size: int
    stream: Any


def _exactly(stream: Any, size: int) -> bytes:
    data: bytes = stream.read(size)
    if len(data) < size:
        raise ArchiveTruncated("The archive stops in the middle of an entry.")
    return data


def _pieces(stream: Any, size: int) -> Iterator[bytes]:
    while size > 0:
        piece = _exactly(stream, min(size, _CHUNK))
        size -= len(piece)
        yield piece


def _text_entry(stream: Any, size: int) -> bytes:
    if size > _META_LIMIT:
        raise ArchiveError(f"A header or .meta entry of {size} bytes is not believable.")
    return b"".join(_pieces(stream, size))


def _pax_records(data: bytes) -> Dict[str, str]:
    records: Dict[str, str] = {}
    while data:
        length = data.partition(b" ")[0]
        if not length.isdigit() or not 0 < int(length) <= len(data):
            raise ArchiveError("A pax header of the archive cannot be read.")
        body = data[len(length) + 1 : int(length) - 1]
        key, value = (body.split(b"=", 1) + [b""])[:2]
        records[key.decode("utf-8", "replace")] = value.decode("utf-8", "replace")
        data = data[int(length) :]
    return records


def _entries(stream: Any) -> Iterator[_Entry]:
    """Walk a tar without keeping its directory. The caller must read each entry to its end (``size`` bytes).

    Not ``tarfile.open(mode="r|")``: that one keeps every member it has seen and takes a tar that stops between two
    entries for a whole one. GNU long names and pax headers are understood.
    """
    name: Optional[str] = None
    size: Optional[int] = None
    while True:
        block = stream.read(_BLOCK)
        if len(block) < _BLOCK:
            raise ArchiveTruncated("The archive ends without the mark that ends an archive.")
        try:
            header = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except tarfile.TarError as error:
            if not block.strip(b"\0"):
                break
            raise ArchiveError(f"The archive is no tar: {error}.") from None
        if header.type in (tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGLINK):
            data = _text_entry(stream, header.size)
            _skip_padding(stream, header.size)
            if header.type == tarfile.GNUTYPE_LONGNAME:
                name = data.rstrip(b"\0").decode("utf-8", "surrogateescape")
            elif header.type == tarfile.XHDTYPE:
                records = _pax_records(data)
                name = records.get("path", name)
                size = int(records["size"]) if records.get("size", "").isdigit() else size
            continue
        length = header.size if size is None else size
        yield _Entry(header.name if name is None else name, length, stream)
        _skip_padding(stream, length)
        name = size = None
    # The rest is padding; reading it lets the gzip layer check its own end.
    while stream.read(_CHUNK):
        pass


def _skip_padding(stream: Any, size: int) -> None:
    _exactly(stream, -size % _BLOCK)


def _message_id(head: bytes) -> str:
    """The Message-ID of a header section, without blanks; empty where there is none."""
    section = re.split(rb"\r?\n\r?\n", head, maxsplit=1)[0]
    found = _MESSAGE_ID.search(section)
    if not found:
        return ""
    return "".join(found.group(1).decode("utf-8", "replace").split())[:255]


class _Item:
    """Gathers the entries of one item: its ``.meta``, then its bytes, then perhaps an ``.err``."""

    def __init__(self, meta: ItemMeta, content: bool) -> None:
        self.meta = meta
        self._content = content
        self._message_id = ""
        self._digest: Optional[str] = None
        self._damage: List[str] = []

    def take_content(self, entry: _Entry) -> None:
        checked = self._content and self.meta.type in _HASHED and self.meta.blob_digest
        hasher = digest_of_bytes(self.meta.blob_digest) if checked and self.meta.blob_digest else None
        head = b""
        for piece in _pieces(entry.stream, entry.size):
            if self.meta.type == "message" and len(head) < _HEADER_LIMIT:
                head += piece
            if hasher:
                hasher.update(piece)
        self._message_id = _message_id(head)
        if hasher:
            self._digest = encode_digest(hasher.digest())
            if self._digest != self.meta.blob_digest:
                self._damage.append("its bytes are not the recorded ones")
            if entry.size != self.meta.size:
                self._damage.append(f"it has {entry.size} bytes where {self.meta.size} are recorded")

    def take_error(self, text: bytes) -> None:
        """An ``.err`` entry: the blob is shorter than the database says and was filled up with blanks."""
        reason = text.decode("utf-8", "replace").strip()
        self._damage.append("the server could not read it whole" + (": " + reason[:200] if reason else ""))

    def listed(self) -> Listed:
        return Listed(self.meta, self._message_id, self._digest, "; ".join(self._damage) or None)


def list_archive(source: Any, content: bool) -> Iterator[Listed]:
    """Every item of the tgz that ``source.read(size)`` gives, in its order, duplicates included.

    ``content``: the archive carries whole bodies; each is checked against the digest and size of its ``.meta``.
    Raises :class:`ArchiveTruncated`, :class:`ArchiveError`, :class:`MetaError`; what was yielded before stays true.
    """
    item: Optional[_Item] = None
    name = ""
    for entry in _entries(_unpacked(source)):
        # A document may itself be called something.meta or something.err: its name is known from its .meta.
        if item and entry.name == name:
            item.take_content(entry)
        elif item and entry.name.endswith(".err"):
            item.take_error(_text_entry(entry.stream, entry.size))
        elif entry.name.endswith(".meta"):
            if item:
                yield item.listed()
            item = _Item(parse_meta(_text_entry(entry.stream, entry.size)), content)
            name = entry.name[: -len(".meta")]
        else:
            raise MetaError(f"The archive holds {entry.name[:200]!r}, which has no .meta.")
    if item:
        yield item.listed()
