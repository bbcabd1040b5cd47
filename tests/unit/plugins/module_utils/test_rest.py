# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives, whole and broken in every way a server or a network can break them."""

from __future__ import annotations

import gzip
import io
import random
import tarfile

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import MailopsError
from ansible_collections.mailops.zimbra.plugins.module_utils._inventory_errors import (
    ArchiveError,
    ArchiveTruncated,
    MetaError,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._rest import Listed, export_path, list_archive
from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.archives import (
    RECORDED,
    mail,
    message,
    recorded_meta,
    tar,
    tgz,
)


class Dribble(io.BytesIO):
    """Gives bytes in odd portions, as a socket does."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(max(1, min(size or 1, 37)))


def listing(data: bytes, content: bool = True) -> list[Listed]:
    return list(list_archive(Dribble(data), content))


def items() -> list[tuple[str, bytes, bytes | None]]:
    out: list[tuple[str, bytes, bytes | None]] = [
        (str(RECORDED[name]["entry"])[:-5], recorded_meta(name), None)
        for name in ("folder with grants", "contact group")
    ]
    out += [message(300 + n, mail(n)) for n in range(5)]
    out.append((str(RECORDED["task"]["entry"])[:-5], recorded_meta("task"), None))
    return out


@pytest.mark.parametrize("fmt", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_item_is_listed_with_its_message_id(fmt: int) -> None:
    listed = listing(tgz(items(), fmt))
    assert [one.meta.type for one in listed] == ["folder", "contact"] + ["message"] * 5 + ["task"]
    assert [one.message_id for one in listed if one.meta.type == "message"] == [f"<m{n}@x.test>" for n in range(5)]
    assert not any(one.damage for one in listed)


@pytest.mark.parametrize("fmt", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_and_foreign_names(fmt: int) -> None:
    long = message(1, mail(1), folder="/" + "Ordner Ä/" * 30 + "Ende", subject="ü" * 40)
    assert [one.meta.id for one in listing(tgz([long, message(2, mail(2))], fmt))] == [1, 2]


def test_gzipped_once_more_on_the_way() -> None:
    assert len(listing(gzip.compress(tgz(items())))) == 8


def test_headers_only_are_not_taken_for_damage() -> None:
    name, meta, body = message(7, mail(7, "x" * 1000))
    listed = listing(tgz([(name, meta, body.split(b"\r\n\r\n")[0])]), content=False)
    assert (listed[0].damage, listed[0].message_id) == (None, "<m7@x.test>")


def test_a_truncated_body_is_damage() -> None:
    name, meta, body = message(7, mail(7))
    damage = listing(tgz([(name, meta, body[:-3])]))[0].damage
    assert damage and "bytes are not the recorded ones" in damage and f"{len(body)} are recorded" in damage


def test_an_err_entry_is_damage_of_the_item_before_it() -> None:
    name, meta, body = message(7, mail(7))
    data = gzip.compress(tar([(name + ".meta", meta), (name, body), (name + ".err", b"")]))
    listed = list_archive(io.BytesIO(data), False)
    assert "could not read it whole" in str(next(listed).damage)


def test_documents_that_are_called_meta_and_err() -> None:
    entries: list[tuple[str, bytes]] = []
    for name in ("Briefcase/a.meta", "Briefcase/b.err"):
        entries += [(name + ".meta", recorded_meta("document")), (name, b"x")]
    assert [one.damage for one in listing(gzip.compress(tar(entries)))] == [None, None]


def test_folded_and_missing_message_ids() -> None:
    bodies = [b"Message-Id:\r\n <a\r\n b@x>\r\n\r\n", b"Subject: x\r\n\r\nMessage-ID: <body@x>\r\n", b""]
    assert [o.message_id for o in listing(tgz([message(n, b) for n, b in enumerate(bodies)]))] == ["<ab@x>", "", ""]


def test_every_cut_is_noticed() -> None:
    data = tgz(items())
    cuts = random.Random(3).sample(range(1, len(data)), 120) + [len(data) - 1, len(data) - 8]
    for cut in cuts:
        with pytest.raises(ArchiveTruncated):
            listing(data[:cut])


def test_a_tar_that_stops_between_two_entries_is_noticed() -> None:
    whole = tar([(name + ".meta", meta) for name, meta, _ in items()])
    end = len(whole.rstrip(b"\0"))
    end += -end % 512
    with pytest.raises(ArchiveTruncated, match="mark that ends"):
        listing(gzip.compress(whole[:end]))


@pytest.mark.parametrize("data", [b"<html>no</html>", gzip.compress(b"<html>" * 400), tgz([])[:10] + b"\0" * 50])
def test_something_else_is_no_archive(data: bytes) -> None:
    with pytest.raises(ArchiveError):
        listing(data)


def test_success_with_an_empty_body_is_no_empty_mailbox() -> None:
    with pytest.raises(ArchiveTruncated, match="no archive at all"):
        listing(b"")


def test_flipped_bytes_never_pass_unseen() -> None:
    data = tgz(items())
    chance = random.Random(5)
    for _ in range(100):
        broken = bytearray(data)
        broken[chance.randrange(12, len(data))] ^= 1 << chance.randrange(8)
        with pytest.raises(MailopsError):
            listing(bytes(broken))


def test_an_entry_without_meta_is_refused() -> None:
    with pytest.raises(MetaError, match="no .meta"):
        listing(gzip.compress(tar([("Inbox/a.eml", b"x")])))


def test_paths_are_quoted() -> None:
    assert export_path("ä b@x.test", "/Trash", False) == "/service/home/%C3%A4%20b@x.test/Trash?fmt=tgz&meta=1&body=0"
    assert export_path("a@x.test") == "/service/home/a@x.test/?fmt=tgz&meta=1"
