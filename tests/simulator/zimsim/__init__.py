#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulator of one mail server: one directory is one server, one process.

The rooms: ``model`` (directory entries, mailboxes, blobs), ``soap`` and ``rest`` (the HTTP surfaces),
``smtp`` (receiving, routing, queue), ``commands`` (stand-ins of the command programs), ``backup`` (the
Backup module), ``faults``, ``journal`` and ``inspect``. The simulator never imports code of the collection
that it tests.
"""
