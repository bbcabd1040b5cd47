# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only door through which commands of the platform are run.

A client takes a :class:`Runner`; modules give it :func:`module_runner`, tests a scripted one. Nothing secret goes into
``argv``: what must not be seen in a process list travels in ``data`` (standard input) or ``environ``.
"""

import abc
import os
import pwd
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import (
    CommandMissing,
    CommandTimeout,
    PrivilegeError,
)

# coreutils' `timeout` answers 124 when it had to end the program, 137 when only KILL did.
TIMED_OUT = (124, 137)
KILL_AFTER = 5
# runuser and timeout answer these when the program itself cannot be started.
NOT_STARTED = (126, 127)
# A vendor script sets this before it reads `--json` through a pipe (reference: zextras-cli 1.1).
DEFAULT_TERM = "xterm-256color"

RunCommand = Callable[..., Tuple[int, str, str]]


class Result(NamedTuple):
    """What a program left: exit status, standard output, standard error."""

    rc: int
    out: str
    err: str


class Runner(abc.ABC):
    """Runs one program to its end."""

    @abc.abstractmethod
    def run(
        self,
        argv: Sequence[str],
        timeout: Optional[float] = None,
        environ: Optional[Dict[str, str]] = None,
        data: Optional[str] = None,
        interrupt: bool = False,
    ) -> Result:
        """Run ``argv`` (never a shell line) and return exit status and both outputs as text.

        ``timeout``: seconds; when they are over :class:`CommandTimeout` is raised, unless ``interrupt`` is true: then
        the program is sent SIGINT (Ctrl+C) and what it printed until then is a normal result.
        Raises :class:`CommandMissing` when the program cannot be started.
        """


class ServiceRunner(Runner):
    """Runs as the service user: directly when that is who we are, through ``runuser`` when we are root."""

    def __init__(
        self,
        run_command: RunCommand,
        user: str,
        current_user: str,
        is_root: bool,
        environ: Optional[Dict[str, str]] = None,
    ) -> None:
        """``run_command``: ``AnsibleModule.run_command`` or something with its signature."""
        self._run_command = run_command
        self.user = user
        self._environ = dict(environ or {}, TERM=DEFAULT_TERM)
        if current_user == user:
            self._prefix: List[str] = []
        elif is_root:
            self._prefix = ["runuser", "-u", user, "--"]
        else:
            raise PrivilegeError(
                f"The commands of the platform run as {user}, this task runs as {current_user}. Use 'become: true' "
                f"with 'become_user: root' (or {user}), or name the service user in 'service_user'.",
                service_user=user,
                current_user=current_user,
            )

    def run(
        self,
        argv: Sequence[str],
        timeout: Optional[float] = None,
        environ: Optional[Dict[str, str]] = None,
        data: Optional[str] = None,
        interrupt: bool = False,
    ) -> Result:
        limit: List[str] = []
        if timeout is not None:
            limit = ["timeout", "-s", "INT" if interrupt else "TERM", "-k", str(KILL_AFTER), f"{timeout:g}"]
        try:
            rc, out, err = self._run_command(
                self._prefix + limit + list(argv),
                data=data,
                cwd="/",
                environ_update=dict(self._environ, **(environ or {})),
                # `${ZxBackup_Disabled}` and passwords with a dollar are values, not variables.
                expand_user_and_vars=False,
                errors="replace",
                handle_exceptions=False,
            )
        except OSError as error:
            raise CommandMissing(f"Cannot run {argv[0]}: {error.strerror or error}", command=argv[0]) from error
        if rc in NOT_STARTED and (limit or self._prefix) and not out:
            reason = err.strip() or f"exit status {rc}"
            raise CommandMissing(f"Cannot run {argv[0]}: {reason}", command=argv[0])
        if limit and rc in TIMED_OUT and not interrupt:
            raise CommandTimeout(
                f"{os.path.basename(argv[0])} gave no answer within {timeout:g} s.",
                command=argv[0],
                stdout=out[-2000:],
            )
        return Result(rc, out, err)


def module_runner(module: Any, user: Optional[str] = None) -> ServiceRunner:
    """The runner of an ``AnsibleModule``, as ``user`` (default: whoever the task runs as).

    The program gets a UTF-8 locale where the host has one: Java encodes what it prints by it.
    """
    # Here, not above: the pure part of this file is usable where ansible-core is not installed.
    from ansible.module_utils.common.locale import get_best_parsable_locale

    uid = os.geteuid()
    try:
        current = pwd.getpwuid(uid).pw_name
    except KeyError:
        current = str(uid)
    locale = get_best_parsable_locale(module)
    environ = {"LANG": locale, "LC_ALL": locale, "LC_MESSAGES": locale}
    return ServiceRunner(module.run_command, user or current, current, uid == 0, environ)
