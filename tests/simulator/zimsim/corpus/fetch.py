#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetch the corpus: ``python -m zimsim.corpus.fetch DEST``.

DEST then holds ``mail/``, ``calendar/`` and ``card/`` with one file per sample, every byte as it was published, and
``manifest.json``: ``{"format", "sources": [{name, version, archive, sha256, licence}], "left_out": [{name, reason}],
"files": {path: {sha256, size}}}``. A second call with the same pins finds the manifest and does nothing.
Root rights are not needed. Where there is no apt, its part is left out and that is said.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zimsim.corpus.sources import DEBIAN_SOURCES, KINDS, PYTHON_SOURCES, DebianSource, PythonSource

FORMAT = 1
_TIMEOUT = 300.0


class FetchError(Exception):
    """A pinned source could not be had or is not what was pinned."""


class SourceAbsent(Exception):
    """A source this machine cannot give (no apt, package not offered); the corpus goes on without it."""


def _run(argv: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, cwd=cwd, text=True, capture_output=True, timeout=_TIMEOUT, check=False)


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else "no message"


def _download_sdist(source: PythonSource, into: Path) -> Path:
    """Bring the source distribution and check it against the pin; raises FetchError."""
    argv = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    argv += ["--no-binary", source.name, f"{source.name}=={source.version}", "--dest", str(into)]
    done = _run(argv, into)
    archives = sorted(into.glob("*.tar.gz"))
    if done.returncode or len(archives) != 1:
        raise FetchError(f"{source.name} {source.version}: pip could not download it: {_last_line(done.stderr)}")
    found = _sha256(archives[0])
    if found != source.sha256:
        raise FetchError(f"{source.name} {source.version}: sha256 is {found}, pinned is {source.sha256}")
    return archives[0]


def _read_sdist(archive: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(archive) as tar:
        for member in tar:
            handle = tar.extractfile(member) if member.isfile() else None
            if handle is not None:
                yield member.name, handle.read()


def _download_deb(source: DebianSource, into: Path) -> Path:
    """Bring a Debian package as any user; raises SourceAbsent."""
    for program in ("apt-get", "dpkg-deb"):
        if shutil.which(program) is None:
            raise SourceAbsent(f"{program} is not there")
    reasons = []
    for package in source.packages:
        done = _run(["apt-get", "-qq", "download", package], into)
        archives = sorted(into.glob("*.deb"))
        if done.returncode == 0 and len(archives) == 1:
            return archives[0]
        reasons.append(_last_line(done.stderr))
    raise SourceAbsent(f"apt-get download failed: {'; '.join(reasons)}")


def _read_deb(archive: Path) -> Iterator[tuple[str, bytes]]:
    tree = archive.parent / "tree"
    done = _run(["dpkg-deb", "--extract", str(archive), str(tree)], archive.parent)
    if done.returncode:
        raise SourceAbsent(f"dpkg-deb failed: {_last_line(done.stderr)}")
    for path in sorted(tree.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield str(path.relative_to(tree)), path.read_bytes()


class _Builder:
    """Collects the samples of all sources under one directory and remembers what they were."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.sources: list[dict[str, str]] = []
        self.left_out: list[dict[str, str]] = []
        self.files: dict[str, dict[str, Any]] = {}
        for kind in KINDS:
            (root / kind).mkdir(parents=True)

    def add(self, source: PythonSource | DebianSource, version: str, archive: Path) -> int:
        entries = _read_sdist(archive) if isinstance(source, PythonSource) else _read_deb(archive)
        before = len(self.files)
        for path, data in entries:
            kind = source.classify(path, data)
            if kind is None:
                continue
            target = f"{kind}/{source.name}_{path.rsplit('/', 1)[-1]}"
            if target in self.files:
                target = f"{kind}/{source.name}_{path.split('/', 1)[-1].replace('/', '_')}"
            (self.root / target).write_bytes(data)
            self.files[target] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        self.sources.append(
            {
                "name": source.name,
                "version": version,
                "archive": archive.name,
                "sha256": _sha256(archive),
                "licence": source.licence,
            }
        )
        return len(self.files) - before

    def finish(self) -> None:
        manifest = {"format": FORMAT, "sources": self.sources, "left_out": self.left_out, "files": self.files}
        text = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
        (self.root / "manifest.json").write_text(text, encoding="utf-8")


def is_current(dest: Path) -> bool:
    """Whether DEST already holds the pinned Python sources (the Debian part is taken once and kept)."""
    try:
        manifest = json.loads((dest / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    if manifest.get("format") != FORMAT:
        return False
    have = {(entry["name"], entry["sha256"]) for entry in manifest["sources"]}
    if not all((source.name, source.sha256) in have for source in PYTHON_SOURCES):
        return False
    return all(
        (dest / path).exists() and (dest / path).stat().st_size == facts["size"]
        for path, facts in manifest["files"].items()
    )


def fetch(dest: Path, say: Any = print) -> None:
    """Fill DEST from scratch unless it is current; raises FetchError when a pinned source is not to be had."""
    if is_current(dest):
        say(f"corpus: {dest} is up to date")
        return
    dest.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".corpus-", dir=dest.parent) as name:
        scratch = Path(name)
        builder = _Builder(scratch / "corpus")
        for source in PYTHON_SOURCES:
            into = scratch / source.name
            into.mkdir()
            count = builder.add(source, source.version, _download_sdist(source, into))
            say(f"corpus: {count} files of {source.name} {source.version}")
        for package in DEBIAN_SOURCES:
            into = scratch / package.name
            into.mkdir()
            # apt drops its rights to a user of its own while it downloads.
            scratch.chmod(0o755)
            into.chmod(0o777)
            try:
                archive = _download_deb(package, into)
                count = builder.add(package, archive.name.split("_")[1], archive)
                say(f"corpus: {count} files of {package.name} ({archive.name})")
            except SourceAbsent as absent:
                builder.left_out.append({"name": package.name, "reason": str(absent)})
                say(f"corpus: without {package.name}: {absent}; the other sources are enough")
        builder.finish()
        if dest.exists():
            shutil.rmtree(dest)
        (scratch / "corpus").rename(dest)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m zimsim.corpus.fetch", description=__doc__.splitlines()[0])
    parser.add_argument("dest", type=Path, metavar="DEST")
    options = parser.parse_args(argv)
    try:
        fetch(options.dest)
    except (FetchError, OSError, subprocess.TimeoutExpired) as error:
        sys.stderr.write(f"corpus: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
