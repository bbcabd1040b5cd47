# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the virtual environment, system packages, corpus and links that the checks and the demo need.

Called by ``tools/setup``. Each step is skipped when a stamp under ``.build/stamps`` says it was done with the same
inputs, so a run with nothing to do takes a fraction of a second. Standard library only: it runs before anything
is installed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / ".build"
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
SIMULATOR = ROOT / "tests" / "simulator"

# Program -> (Debian package, RPM package). These are used by the roles on the hosts (rsync, ssh) and by the two
# hosts that molecule makes (iproute2, util-linux, sshd).
PROGRAMS = {
    "rsync": ("rsync", "rsync"),
    "rrsync": ("rsync", "rsync-rrsync"),
    "ssh": ("openssh-client", "openssh-clients"),
    "ssh-keygen": ("openssh-client", "openssh"),
    "sshd": ("openssh-server", "openssh-server"),
    "ip": ("iproute2", "iproute"),
    "nsenter": ("util-linux", "util-linux"),
    "runuser": ("util-linux", "util-linux"),
    "tar": ("tar", "tar"),
    "git": ("git", "git"),
}
SYSTEM_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"])


class SetupError(Exception):
    """What is missing on this machine, and how to get it."""


def say(text: str) -> None:
    print(f"setup: {text}", flush=True)


def run(argv: Sequence[str | Path], **environ: str) -> None:
    """Run a step without a terminal to ask on; its last lines are part of the error."""
    done = subprocess.run(
        [str(word) for word in argv],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environ},
        check=False,
    )
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-25:])
        raise SetupError(f"{' '.join(str(word) for word in argv)} ended with {done.returncode}:\n{tail}")


def fingerprint(paths: Iterable[Path], *extra: str) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(f"{path.relative_to(ROOT)}\n".encode())
        digest.update(path.read_bytes())
    for text in extra:
        digest.update(text.encode())
    return digest.hexdigest()


class Stamp:
    """Remembers with which inputs a step was last finished."""

    def __init__(self, name: str, value: str) -> None:
        self._path = BUILD / "stamps" / name
        self._value = value

    def is_fresh(self) -> bool:
        return self._path.exists() and self._path.read_text() == self._value

    def write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(self._value)


def missing_programs() -> list[str]:
    return [name for name in PROGRAMS if shutil.which(name, path=SYSTEM_PATH) is None]


def asks_no_password() -> bool:
    """Whether sudo is here and works without a question."""
    if shutil.which("sudo") is None:
        return False
    return subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0


def install_programs() -> None:
    """Install what is missing as root (or with a sudo that asks nothing); else say exactly what to install."""
    missing = missing_programs()
    if not missing:
        return
    apt, dnf = shutil.which("apt-get"), shutil.which("dnf")
    column = 0 if apt else 1
    packages = sorted({PROGRAMS[name][column] for name in missing})
    installer = f"{'apt-get' if apt else 'dnf'} install -y {' '.join(packages)}"
    advice = f"missing programs: {', '.join(missing)}. As root: {installer}"
    if not apt and not dnf:
        raise SetupError(f"missing: {', '.join(missing)}; neither apt-get nor dnf is here to install {packages}")
    if os.geteuid() == 0:
        prefix: list[str] = []
    elif asks_no_password():
        prefix = ["sudo", "-n"]
    else:
        raise SetupError(advice)
    say(f"installing {', '.join(packages)}")
    if apt:
        run([*prefix, apt, "update", "-qq"])
        run([*prefix, "env", "DEBIAN_FRONTEND=noninteractive", apt, "install", "-y", "-qq", *packages])
    else:
        run([*prefix, str(dnf), "install", "-y", "-q", *packages])
    still = missing_programs()
    if still:
        raise SetupError(f"installed {packages}, but still missing: {', '.join(still)}")


def make_environment() -> None:
    """The virtual environment with the pinned packages and, once it exists, the simulator in editable form."""
    inputs = sorted((ROOT / "requirements").glob("*.txt"))
    project = SIMULATOR / "pyproject.toml"
    with_simulator = project.exists()
    if with_simulator:
        inputs.append(project)
    stamp = Stamp("environment", fingerprint(inputs, str(VENV)))
    if stamp.is_fresh() and VENV_PYTHON.exists():
        return
    if not VENV_PYTHON.exists():
        say(f"making .venv with {sys.executable}")
        try:
            run([sys.executable, "-m", "venv", VENV])
        except SetupError as error:
            raise SetupError(f"{error}\nOn Debian and Ubuntu the package python3-venv is needed.") from error
    say("installing the pinned Python packages into .venv")
    argv: list[str | Path] = [VENV_PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    argv += ["-r", "requirements/test.txt", "-c", "requirements/constraints.txt"]
    if with_simulator:
        argv += ["-e", "tests/simulator[test]"]
    run(argv)
    stamp.write()


def link_checkout() -> None:
    """The checkout under the name Python and Ansible import it by."""
    link = BUILD / "dev" / "ansible_collections" / "mailops" / "zimbra"
    if link.is_symlink() and link.resolve() == ROOT:
        return
    link.parent.mkdir(parents=True, exist_ok=True)
    if link.is_symlink():
        link.unlink()
    link.symlink_to(ROOT, target_is_directory=True)


def fetch_corpus() -> None:
    """Real messages for the simulator, from the package registries; the simulator's own program knows which."""
    package = SIMULATOR / "zimsim" / "corpus"
    if not (package / "fetch.py").exists():
        return
    stamp = Stamp("corpus", fingerprint(package.glob("*.py")))
    if stamp.is_fresh() and (BUILD / "corpus").is_dir():
        return
    say("fetching the mail corpus into .build/corpus")
    run([VENV_PYTHON, "-m", "zimsim.corpus.fetch", BUILD / "corpus"])
    stamp.write()


def main() -> int:
    try:
        install_programs()
        make_environment()
        link_checkout()
        fetch_corpus()
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
