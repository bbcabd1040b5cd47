# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Directories and files an operation works on, looked at before its start (reference: zextras-cli 6.3 F1, F3, F5)."""

import os
from typing import Optional

from ansible_collections.mailops.zimbra.plugins.module_utils._dialect import CARBONIO
from ansible_collections.mailops.zimbra.plugins.module_utils._errors import ParameterError, PlatformError
from ansible_collections.mailops.zimbra.plugins.module_utils._operations import Request
from ansible_collections.mailops.zimbra.plugins.module_utils._platform import Platform, localconfig
from ansible_collections.mailops.zimbra.plugins.module_utils._runner import Runner
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite import Zxsuite

DESTINATION_PATH = "ZxBackup_DestPath"


def backup_path(client: Zxsuite, runner: Runner, platform: Platform) -> str:
    """The server's own backup path, as the server says it. Raises :class:`PlatformError` when it says none."""
    name = "zimbra_server_hostname"
    server = localconfig(runner, platform, [name]).get(name)
    if not server:
        raise PlatformError(f"localconfig of {platform.home} has no {name}.")
    path = client.get_property(server, DESTINATION_PATH)
    if not path:
        raise PlatformError(f"The server has no {DESTINATION_PATH}: its backup is not set up.", server=server)
    return path


def settle_paths(request: Request, client: Zxsuite, runner: Runner, platform: Platform) -> Request:
    """Refuse directories that would do harm, and write a map file's name as this platform wants it."""
    parameters = request.parameters
    if request.operation == "external_restore":
        refuse_own_path(parameters["path"], backup_path(client, runner, platform))
        _require_backup(parameters["path"])
    elif request.operation == "export":
        _require_directory(parameters["path"])
    elif request.operation == "fix_shares":
        own = backup_path(client, runner, platform)
        name = map_file_argument(parameters["map_file"], own, platform.dialect)
        return request._replace(parameters=dict(parameters, map_file=name))
    return request


def refuse_own_path(path: str, own: str) -> None:
    """Raise when ``path`` is the server's own backup path ``own``, lies in it or holds it."""
    ours, theirs = os.path.realpath(path), os.path.realpath(own)
    common = os.path.commonpath([ours, theirs])
    if common in (ours, theirs):
        relation = "is" if ours == theirs else ("lies in" if common == theirs else "holds")
        raise ParameterError(
            f"path={path} {relation} the server's own backup path {own}. An import from there corrupts both: "
            "copy the Source's backup into a directory of its own.",
            path=path,
            backup_path=own,
        )


def map_file_argument(map_file: str, own: str, dialect: Optional[str]) -> str:
    """The map file as ``doFixShares`` wants it: Carbonio an absolute path, Suite and NG a name in the backup path."""
    absolute = map_file if map_file.startswith("/") else os.path.join(own, map_file)
    if not os.path.isfile(absolute):
        raise ParameterError(
            f"map_file={map_file}: there is no {absolute}. An import writes map_<id of the source server> into the "
            "backup path of the Destination; without it shares cannot be fixed.",
            map_file=absolute,
        )
    in_own = os.path.dirname(os.path.realpath(absolute)) == os.path.realpath(own)
    return os.path.basename(absolute) if dialect != CARBONIO and in_own else absolute


def _require_directory(path: str) -> None:
    if not os.path.isdir(path):
        raise ParameterError(f"path={path} is no directory: create it for the service user first.", path=path)


def _require_backup(path: str) -> None:
    _require_directory(path)
    if not os.path.isdir(os.path.join(path, "accounts")):
        raise ParameterError(
            f"path={path} has no directory 'accounts': it is no backup path and no export. "
            "Is the copy complete, and is this the directory itself and not the one around it?",
            path=path,
        )
