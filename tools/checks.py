# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make lint|sanity|unit|...``: the checks by name, in the order given, with one summary at the end."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sanity import sanity_step
from steps import BUILD, ROOT, CheckError, Outcome, Step, interrupt, run_step, run_steps, sum_up
from tree import COLLECTIONS, copy_tracked, install_collection, tracked_files

IS_ROOT = os.geteuid() == 0
NEEDS_ROOT = "needs root: hosts are made out of network namespaces; run it with sudo to have it"
PYTEST = [sys.executable, "-m", "pytest", "--color=no"]
# Where `mailops.zimbra` is found: the checkout's link for lint and unit tests, the installed build for everything else.
DEVELOPED = {"ANSIBLE_COLLECTIONS_PATH": str(BUILD / "dev")}
LINTED = {"ANSIBLE_COLLECTIONS_PATH": str(BUILD / "lint")}
INSTALLED = {"ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS)}


def collection(options: argparse.Namespace) -> list[Outcome]:
    started = time.monotonic()
    installed = install_collection()
    print(f"installed {installed.relative_to(ROOT)}", flush=True)
    return [Outcome("collection", "ansible-galaxy build and install", True, time.monotonic() - started)]


def lint(options: argparse.Namespace) -> list[Outcome]:
    files = tracked_files()
    python = [name for name in files if name.endswith(".py")]
    remote = [name for name in python if name.startswith(("plugins/modules/", "plugins/module_utils/"))]
    yaml = [name for name in files if name.endswith((".yml", ".yaml"))]
    copy = BUILD / "lint" / "ansible_collections" / "mailops" / "zimbra"
    copy_tracked(copy)
    steps = [
        # On a copy, or it would look at all that lies in the checkout as well.
        Step("lint", "ansible-lint", ["ansible-lint", "--offline", "--strict", "--nocolor"], LINTED, copy),
        Step("lint", "mypy strict", ["mypy", *(as_imported(name) for name in python if name.startswith(TYPED))]),
        Step("lint", "ruff", ["ruff", "check", "--no-cache", *python]),
        Step("lint", "yamllint", ["yamllint", "--strict", *yaml]),
        Step("lint", "antsibull-changelog", ["antsibull-changelog", "lint"]),
        Step("lint", "antsibull-docs", ["antsibull-docs", "lint-collection-docs", "--plugin-docs", "."], DEVELOPED),
    ]
    if remote:
        steps.append(Step("lint", "vermin Python 3.6", ["vermin", "-t=3.6-", "--no-tips", "--violations", *remote]))
        old = find_python36()
        if old:
            steps.append(Step("lint", "compile on Python 3.6", [old, "-c", COMPILE, *remote]))
    outcomes = run_steps(steps, workers=2)
    if remote and not old:
        outcomes.append(Outcome("lint", "compile on Python 3.6", True, 0, left_out="no python3.6 on this machine"))
    return outcomes


# Compiles in memory: nothing is written beside the sources.
COMPILE = "import sys\nfor name in sys.argv[1:]:\n    compile(open(name, encoding='utf-8').read(), name, 'exec')\n"
# Tests may use pytest's untyped fixtures freely; everything that runs in earnest is checked strictly.
TYPED = ("demo/", "plugins/", "tests/hosts/labhosts/", "tests/lab/", "tests/simulator/zimsim/", "tools/")


def as_imported(name: str) -> str:
    """The path by which the checker and the imports mean the same module."""
    return f".build/dev/ansible_collections/mailops/zimbra/{name}" if name.startswith("plugins/") else name


def find_python36() -> str | None:
    """A real Python 3.6: in PATH (a pyenv shim does not count: it only runs where its version is chosen) or pyenv's."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates = [shutil.which("python3.6"), *map(str, sorted(pyenv.glob("versions/3.6*/bin/python3.6")))]
    for candidate in candidates:
        if candidate and subprocess.run([candidate, "-V"], capture_output=True, check=False).returncode == 0:
            return candidate
    return None


def sanity(options: argparse.Namespace) -> list[Outcome]:
    return [run_step(sanity_step())]


def unit(options: argparse.Namespace) -> list[Outcome]:
    # Each directory is a run of its own: the simulator never meets the collection's test set-up, nor the reverse.
    steps = [
        Step("unit", "collection", [*PYTEST, "-q", "tests/unit"]),
        Step("unit", "meta", [*PYTEST, "-q", "tests/meta"], DEVELOPED),
        Step("unit", "simulator", [*PYTEST, "-q", "tests/simulator/tests"]),
        Step("unit", "test hosts", [*PYTEST, "-q", f"tests/hosts/tests{'' if IS_ROOT else '/test_plan.py'}"]),
    ]
    outcomes = run_steps(steps, workers=2)
    if not IS_ROOT:
        outcomes.append(Outcome("unit", "test hosts in earnest", True, 0, left_out=NEEDS_ROOT))
    return outcomes


def contract(options: argparse.Namespace) -> list[Outcome]:
    target = ["--target", options.target] if options.target else []
    return [run_step(Step("contract", "contract", [*PYTEST, "-q", "tests/contract", *target]))]


def integration(options: argparse.Namespace) -> list[Outcome]:
    # Two files at a time: the tests of a file share two servers, and the first of them may wait for a whole migration.
    together = ["-n", "2", "--dist", "loadfile", "-o", "faulthandler_timeout=1200"]
    step = Step("integration", "ansible-playbook", [*PYTEST, "-v", *together, "tests/integration"], INSTALLED)
    return [run_step(step, live=True)]


def molecule(options: argparse.Namespace) -> list[Outcome]:
    if not IS_ROOT:
        print(f"molecule is left out: {NEEDS_ROOT}", flush=True)
        return [Outcome("molecule", "smartscan over two hosts", True, 0, left_out=NEEDS_ROOT)]
    argv = ["molecule", "test", "--scenario-name", "smartscan"]
    environ = {**INSTALLED, "ANSIBLE_FORCE_COLOR": "0", "NO_COLOR": "1", "PY_COLORS": "0"}
    return [run_step(Step("molecule", "smartscan over two hosts", argv, environ), live=True)]


def bench(options: argparse.Namespace) -> list[Outcome]:
    # One at a time: they measure.
    scripts = sorted((ROOT / "tests" / "bench").glob("bench_*.py"))
    environ = {**INSTALLED, "PYTHONPATH": "tests/lab"}
    return run_steps([Step("bench", path.stem, [sys.executable, str(path)], environ) for path in scripts], live=True)


def clean(options: argparse.Namespace) -> list[Outcome]:
    """End what is still running from the demo and the test hosts, then remove what was built (.venv stays)."""
    demo = ROOT / ".demo"
    remove = f"from pathlib import Path; from maillab.lab import Lab; Lab.at(Path({str(demo)!r}), Path()).remove()"
    steps = [
        Step("clean", "test hosts", [sys.executable, "-m", "labhosts", "clean"], {"PYTHONPATH": "tests/hosts"}),
        Step("clean", "demo", [sys.executable, "-c", remove], {"PYTHONPATH": "tests/lab"}),
    ]
    outcomes = run_steps(steps)
    if all(outcome.ok for outcome in outcomes):
        shutil.rmtree(BUILD, ignore_errors=True)
    return outcomes


CHECKS: dict[str, Callable[[argparse.Namespace], list[Outcome]]] = {
    check.__name__: check for check in (collection, lint, sanity, unit, contract, integration, molecule, bench, clean)
}


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checks", nargs="+", choices=sorted(CHECKS))
    parser.add_argument("--target", help="contract tests: the target file of a real server")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, interrupt)
    # A background job is started with Ctrl-C ignored, and would hand that down to every step.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # The pinned programs first; caches and installed collections of the user's home play no part.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    os.environ["ANSIBLE_HOME"] = str(BUILD / "ansible")
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    outcomes: list[Outcome] = []
    for name in options.checks:
        try:
            outcomes += CHECKS[name](options)
        except CheckError as error:
            print(f"{name}: {error}", file=sys.stderr, flush=True)
            outcomes.append(Outcome(name, "could not be run", False, 0))
    return 0 if sum_up(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
