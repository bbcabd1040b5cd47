# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of every module that runs programs of the platform on the host itself."""


class ModuleDocFragment:
    """Mirrored by ``module_utils/_zxsuite_argspec.py``."""

    DOCUMENTATION = r"""
options:
  home:
    description:
      - Home directory of the platform.
      - Found by itself where the platform is in C(/opt/zextras) or C(/opt/zimbra).
    type: path
  service_user:
    description:
      - Operating system user the platform's programs run as.
      - The default is V(zimbra), on Carbonio V(zextras).
      - A task that runs as root changes to this user by itself, a task that runs as this user needs no privilege.
    type: str
  command_timeout:
    description:
      - Seconds one call of a program of the platform may take before it is given up.
      - This is no limit for operations, which go on in the server.
    type: float
    default: 120.0
notes:
  - Runs on a mailstore, as root or as the service user.
"""
