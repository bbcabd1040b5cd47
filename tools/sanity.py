# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prepares ``ansible-test sanity``: its copy of the collection, its home and its start of pip."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from steps import BUILD, Step
from tree import copy_tracked

# Left out, with the reason; CONTRIBUTING.md repeats them for the reader.
LEFT_OUT = {
    "pslint": "there is no PowerShell in this collection",
}

# Programs and tests beside the collection, which no user installs: ruff and, where they are typed, mypy look at them.
OTHER_PROGRAMS = (
    "demo/",
    "molecule/",
    "tests/bench/",
    "tests/contract/",
    "tests/hosts/",
    "tests/integration/",
    "tests/lab/",
    "tests/meta/",
    "tests/simulator/",
    "tests/unit/",
    "tools/",
)

# ansible-test downloads get-pip from a host that is often unreachable. It accepts a script under this name in its
# cache; Python's own ensurepip does the same work.
GET_PIP_NAMES = ("get_pip_24_2.py", "get_pip_25_2.py")
GET_PIP = '''\
"""Stands in for get-pip: made by tools/sanity.py of mailops.zimbra."""
import subprocess
import sys

subprocess.check_call([sys.executable, "-m", "ensurepip"])
words = [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
subprocess.check_call([sys.executable, "-m", "pip", "install"] + words)
'''


def sanity_step() -> Step:
    """The step that runs every sanity test that applies, on the Python of the virtual environment."""
    home = BUILD / "sanity-home"
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for name in GET_PIP_NAMES:
        (cache / name).write_text(GET_PIP)
    copy = BUILD / "sanity" / "ansible_collections" / "mailops" / "zimbra"
    copy_tracked(copy, without=OTHER_PROGRAMS)
    argv = ["ansible-test", "sanity", "--color", "no", "--truncate", "0"]
    argv += ["--python", f"{sys.version_info[0]}.{sys.version_info[1]}"]
    for name in LEFT_OUT:
        argv += ["--skip-test", name]
    # pyenv's shims hide the interpreter's version from ansible-test: the real directory comes first.
    real_bin = Path(os.path.realpath(sys.executable)).parent
    path = os.pathsep.join([str(Path(sys.executable).parent), str(real_bin), os.environ.get("PATH", os.defpath)])
    environ = {"HOME": str(home), "PATH": path, "PIP_CONFIG_FILE": os.environ.get("PIP_CONFIG_FILE", user_pip_config())}
    return Step("sanity", "ansible-test sanity", argv, environ, copy)


def user_pip_config() -> str:
    """The user's pip settings (package index, certificates) still hold although HOME is another one."""
    for name in (".config/pip/pip.conf", ".pip/pip.conf"):
        path = Path.home() / name
        if path.exists():
            return str(path)
    return os.devnull
