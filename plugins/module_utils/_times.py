# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times as the platform writes them and as results return them."""

import calendar
import datetime
import re
import time
from typing import Any, Optional

from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_text import number

_TIME = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\s*(\S*)")
# A time in the first two days of 1970 is how the platform writes "never", in any time zone.
_NEVER = 2 * 86400


def iso(seconds: Optional[float]) -> Optional[str]:
    """Seconds since the epoch as ISO 8601 in UTC, ``None`` stays ``None``."""
    if seconds is None:
        return None
    moment = datetime.datetime.fromtimestamp(int(seconds), tz=datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def scan_time(value: Any) -> Optional[str]:
    """A scan's time as ISO 8601 in UTC, ``None`` for never (0, 1969, 1970); text keeps its zone where it is UTC."""
    milliseconds = number(value)
    if milliseconds is not None:
        return iso(milliseconds / 1000.0) if milliseconds > _NEVER * 1000 else None
    found = _TIME.match(str(value or "").strip())
    if not found:
        return None
    moment = datetime.datetime.strptime(found.group(1), "%Y-%m-%d %H:%M:%S")
    if moment.year <= 1970:
        return None
    if found.group(2).upper() in ("UTC", "GMT", "Z"):
        return iso(calendar.timegm(moment.timetuple()))
    return iso(time.mktime(moment.timetuple()))
