#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of ``zmmailbox``: who, which mailbox, then one command or a file or standard input full of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from zimsim.commands.context import CommandContext
from zimsim.commands.zmmailbox import folders, transfer
from zimsim.commands.zmprov.lines import split_line
from zimsim.commands.zmprov.program import error_line
from zimsim.commands.zmprov.session import ClientError
from zimsim.model import Entry, Folder, ItemType, Mailbox, errors
from zimsim.model.errors import ServiceError

_WITH_VALUE = {"-m": "mailbox", "-a": "admin", "-p": "password", "-P": "passfile", "-f": "file", "-t": "timeout",
               "-u": "url", "-y": "authtoken", "-Y": "authtokenfile", "--mailbox": "mailbox", "--admin": "admin",
               "--password": "password", "--passfile": "passfile", "--file": "file", "--timeout": "timeout",
               "--url": "url"}  # fmt: skip
_FLAGS = {"-z": "zadmin", "--zadmin": "zadmin", "-v": "verbose", "--verbose": "verbose", "-d": "debug",
          "--debug": "debug", "-A": "admin-priv", "-h": "help", "--help": "help"}  # fmt: skip
_USAGE = (
    "\nzmmailbox [args] [cmd] [cmd-args ...]\n\n  -m/--mailbox  {name}    mailbox to open\n"
    "  -z/--zadmin             use zimbra admin name/password\n\n"
)


@dataclass
class Session:
    """One opened mailbox."""

    context: CommandContext
    account: Entry
    mailbox: Mailbox

    def out(self, text: str) -> None:
        self.context.out(text)

    def folder(self, path: str) -> Folder:
        """By path or id; the program's own error for an unknown one (90v)."""
        try:
            if path.isdigit():
                return self.mailbox.folder(int(path))
            if path.strip("/") == "":
                return self.mailbox.folder(1)
            return self.mailbox.folder_by_path(path)
        except ServiceError:
            raise client_error(f"unknown folder: {path}") from None


def client_error(text: str) -> ServiceError:
    return ServiceError("zclient.CLIENT_ERROR", text)


def _verbose(words: list[str]) -> tuple[bool, list[str]]:
    rest = [word for word in words if word not in ("-v", "--verbose")]
    return len(rest) != len(words), rest


def _get_all_folders(session: Session, words: list[str]) -> None:
    verbose, _ = _verbose(words)
    if verbose:
        session.out(folders.tree_json(session.mailbox, session.mailbox.folder(1)))
    else:
        session.out(folders.folder_table(session.mailbox))


def _get_folder(session: Session, words: list[str]) -> None:
    _, rest = _verbose(words)
    session.out(folders.tree_json(session.mailbox, session.folder(rest[0] if rest else "/")))


def _get_grants(session: Session, words: list[str]) -> None:
    _, rest = _verbose(words)
    directory = session.context.server.store.directory
    session.out(folders.grant_table(directory, session.folder(rest[0] if rest else "/")))


def _get_size(session: Session, words: list[str]) -> None:
    verbose, _ = _verbose(words)
    size = session.mailbox.size
    session.out(f"{size}\n" if verbose else f"{folders.human_size(size)}\n")


def _create_folder(session: Session, words: list[str]) -> None:
    """``cf [--view VIEW] PATH``: the parents must be there."""
    path = "/" + words[-1].strip("/")
    parent, _, name = path.rpartition("/")
    existing = [each for each in session.mailbox.folders() if each.path.casefold() == path.casefold()]
    if existing:
        raise errors.already_exists(name)
    created = session.mailbox.create_folder(name, session.folder(parent or "/").id, view=ItemType.MESSAGE)
    session.context.journal("create folder", f"{session.account.name}:{path}")
    session.out(f"{created.id}\n")


def _empty_folder(session: Session, words: list[str]) -> None:
    folder = session.folder(words[-1])
    session.mailbox.empty_folder(folder.id)
    session.context.journal("empty folder", f"{session.account.name}:{folder.path}")


def _get_tags(session: Session, words: list[str]) -> None:
    session.out("        Id      Unread       Color  Name\n----------  ----------  ----------  ----------\n")
    for tag in session.mailbox.tags():
        color = folders.color_name(tag.color)
        session.out(f"{tag.id:>10}  {0:>10}  {color:>10}  {tag.name}\n")


def _get_rest(session: Session, words: list[str]) -> None:
    transfer.get_rest_url(session.context, session.account, words)


def _post_rest(session: Session, words: list[str]) -> None:
    transfer.post_rest_url(session.context, session.account, words)


_COMMANDS: dict[tuple[str, str], tuple[int, Callable[[Session, list[str]], None]]] = {
    ("getAllFolders", "gaf"): (0, _get_all_folders),
    ("getFolder", "gf"): (1, _get_folder),
    ("getFolderGrant", "gfg"): (1, _get_grants),
    ("getMailboxSize", "gms"): (0, _get_size),
    ("getAllTags", "gat"): (0, _get_tags),
    ("createFolder", "cf"): (1, _create_folder),
    ("emptyFolder", "ef"): (1, _empty_folder),
    ("getRestURL", "gru"): (1, _get_rest),
    ("postRestURL", "pru"): (2, _post_rest),
}


def _execute(session: Session, words: list[str]) -> None:
    for names, (least, function) in _COMMANDS.items():
        if words[0].lower() in (name.lower() for name in names):
            if len(words) - 1 < least:
                raise client_error(f"not enough arguments for {names[0]}({names[1]})")
            function(session, words[1:])
            return
    raise client_error(f"Unknown command: ({words[0]}) Type: 'help commands' for a list")


def run_for(context: CommandContext, account: Entry, words: list[str]) -> None:
    """One command on one account's mailbox, as ``zmprov sm`` runs it; raises ServiceError."""
    _execute(Session(context, account, context.server.store.mailboxes.open(account.id)), words)


def _parse(argv: list[str]) -> tuple[dict[str, str], set[str], list[str]]:
    values: dict[str, str] = {}
    flags: set[str] = set()
    words = list(argv)
    while words and words[0].startswith("-"):
        word = words.pop(0)
        if word in _WITH_VALUE and words:
            values[_WITH_VALUE[word]] = words.pop(0)
        elif word in _FLAGS:
            flags.add(_FLAGS[word])
        else:
            raise ValueError(word)
    return values, flags, words


def run(context: CommandContext) -> int:
    """Exit status: 0, 1 for a usage error, 2 for an error of the server or of the program itself."""
    try:
        values, flags, words = _parse(context.argv)
    except ValueError as error:
        context.err(f"error: Unrecognized option: {error}\n")
        context.out(_USAGE)
        return 1
    if "help" in flags:
        context.out(_USAGE)
        return 1
    try:
        session = _open(context, values, flags)
        if words:
            _execute(session, words)
            return 0
    except ServiceError as error:
        context.err(error_line(error, ldap=False))
        return 2
    return _interactive(session, _lines(context, values.get("file")), echo="file" not in values)


def _open(context: CommandContext, values: dict[str, str], flags: set[str]) -> Session:
    """Authenticate, then open the mailbox; ServiceError otherwise."""
    directory = context.server.store.directory
    name = values.get("mailbox") or values.get("admin")
    if name is None:
        raise client_error("no mailbox selected, select one with selectMailbox")
    account = directory.find("account", name)
    password = values.get("password")
    if "passfile" in values:
        password = Path(context.cwd, values["passfile"]).read_text(encoding="utf-8").partition("\n")[0]
    if "zadmin" not in flags:
        login = values.get("admin", name)
        if password is None:
            raise client_error("-m requires one of the -p, -P, -z, -y or -Y options")
        user = directory.find("account", login)
        if user is None or not directory.password_matches(user, password):
            raise errors.auth_failed(login)
        if "admin" in values and not user.is_admin:
            raise errors.permission_denied("not an admin account")
    if account is None:
        raise errors.no_such("account", name)
    if account.first("zimbraAccountStatus") == "maintenance":
        raise errors.account_inactive(account.name)
    return Session(context, account, context.server.store.mailboxes.open(account.id))


def _lines(context: CommandContext, file: str | None) -> Iterator[str]:
    if file is not None:
        try:
            text = Path(context.cwd, file).read_text(encoding="utf-8", errors="replace")
        except OSError:
            raise ClientError(
                "zclient.CLIENT_ERROR", f"file not found: {file}", "java.io.FileNotFoundException"
            ) from None
        yield from text.splitlines()
        return
    while raw := context.stdin.readline():
        yield raw.decode("utf-8", "replace").rstrip("\r\n")


def _interactive(session: Session, lines: Iterator[str], *, echo: bool) -> int:
    """A banner, then a prompt for each line; errors do not stop it, the exit status is 0."""
    mailbox, name = session.mailbox, session.account.name
    unread = sum(folder.unread for folder in mailbox.folders())
    session.out(
        f"mailbox: {name}, size: {folders.human_size(mailbox.size)}, messages: {mailbox.count(ItemType.MESSAGE)},"
        f" unread: {unread}\nauthenticated as {name}\n"
    )
    prompt = f"mbox {name}> "
    session.out(prompt)
    for line in lines:
        if echo:
            session.out(f"{line}\n")
        words = split_line(line)
        if words[:1] in (["exit"], ["quit"]):
            break
        if words:
            try:
                _execute(session, words)
            except ServiceError as error:
                session.context.err(error_line(error, ldap=False))
        session.out(prompt)
    return 0
