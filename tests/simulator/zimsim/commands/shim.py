#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that ``zimsim create`` puts into HOME/bin under every command's name.

It asks the server and relays what it says; it is copied, so it uses the standard library alone and any Python 3.6 or
newer. Where no server answers, ``offline.py`` beside the socket says what the real program would.
"""

import json
import os
import runpy
import socket
import struct
import sys

HOME = "@HOME@"
PROG = "@PROG@"
PASSED = ("TERM", "LANG", "LC_ALL", "COLUMNS", "USER")


def offline() -> int:
    module = runpy.run_path(os.path.join(HOME, ".zimsim", "offline.py"), run_name="offline")
    return int(module["main"](HOME, PROG, sys.argv[1:]))


def connect() -> socket.socket:
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    directory = os.open(os.path.join(HOME, ".zimsim"), os.O_RDONLY | os.O_DIRECTORY)
    try:
        # A socket's address has room for 107 bytes only.
        channel.connect(f"/proc/self/fd/{directory}/sock")
    finally:
        os.close(directory)
    return channel


def receive(channel: socket.socket, length: int) -> bytes:
    parts = []
    while length:
        part = channel.recv(min(length, 65536))
        if not part:
            raise EOFError
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def relay(channel: socket.socket) -> int:
    request = {
        "prog": PROG,
        "argv": sys.argv[1:],
        "cwd": os.getcwd(),
        "environ": {name: os.environ[name] for name in PASSED if name in os.environ},
    }
    body = json.dumps(request).encode()
    channel.sendall(struct.pack(">I", len(body)) + body)
    while True:
        kind, length = struct.unpack(">cI", receive(channel, 5))
        data = receive(channel, length)
        if kind == b"x":
            return int(data)
        if kind == b"i":
            piece = os.read(0, 65536)
            channel.sendall(struct.pack(">I", len(piece)) + piece)
            continue
        target = 1 if kind == b"o" else 2
        while data:
            written = os.write(target, data)
            data = data[written:]


def main() -> int:
    try:
        channel = connect()
    except OSError:
        return offline()
    try:
        return relay(channel)
    except BrokenPipeError:
        return 141
    except (EOFError, ConnectionError):
        return offline()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
