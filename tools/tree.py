# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of the tracked files: what a user gets, not what happens to lie in the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from steps import BUILD, ROOT, CheckError

COLLECTIONS = BUILD / "collections"


def tracked_files() -> list[str]:
    """Paths git tracks, with their present content; a file deleted but not yet committed is left out."""
    # The checkout may belong to another user than the one who runs the checks (CI as root).
    argv = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"]
    listed = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        raise CheckError(f"the tracked files cannot be listed: {listed.stderr.strip()}")
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def copy_tracked(destination: Path, without: tuple[str, ...] = ()) -> None:
    """Make ``destination`` hold exactly the tracked files, save those whose path begins with one of ``without``.

    It becomes a repository of its own: the tools that run there look for one, and further up everything is ignored.
    """
    shutil.rmtree(destination, ignore_errors=True)
    for name in tracked_files():
        if name.startswith(without):
            continue
        target = destination / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target, follow_symlinks=False)
    subprocess.run(["git", "init", "--quiet"], cwd=destination, check=True)


def install_collection() -> Path:
    """Build the collection from a copy and install it below ``.build/collections``; the installed directory."""
    source, dist = BUILD / "source", BUILD / "dist"
    copy_tracked(source)
    shutil.rmtree(dist, ignore_errors=True)
    galaxy(["build", str(source), "--output-path", str(dist)])
    (archive,) = dist.glob("mailops-zimbra-*.tar.gz")
    installed = COLLECTIONS / "ansible_collections" / "mailops" / "zimbra"
    shutil.rmtree(installed, ignore_errors=True)
    # Offline and without dependencies: the package `ansible` of the environment brings those.
    galaxy(["install", str(archive), "--collections-path", str(COLLECTIONS), "--force", "--no-deps", "--offline"])
    if not (installed / "MANIFEST.json").exists():
        raise CheckError(f"ansible-galaxy installed nothing into {installed}")
    return installed


def galaxy(arguments: list[str]) -> None:
    argv = ["ansible-galaxy", "collection", *arguments]
    # The paths of the installation under test only, so that the checkout's own link is no answer.
    environ = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS)}
    done = subprocess.run(
        argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=BUILD, env=environ, check=False
    )
    if done.returncode:
        raise CheckError(f"{' '.join(argv)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
