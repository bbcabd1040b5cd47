# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real hosts for tests, without a container engine (root on Linux only).

Each host is a network namespace with an address of its own, a private copy-on-write root over the machine's ``/``,
its own host name and process numbers, and an ``sshd`` inside. All hosts of a lab are on one bridge, which lives in a
namespace too: the machine itself only gets the end of one cable. Nothing is written to the machine's own files, and
everything is gone when the processes in the namespaces have ended and the namespaces are deleted.

``python -m labhosts up|down|exec`` is the command line, `labhosts.lab.Lab` the same from Python.
"""
