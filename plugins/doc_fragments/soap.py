# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of the modules that speak SOAP with a mailstore. Same names as in ``module_utils/_argspec.py``."""


class ModuleDocFragment:
    """Connection to the admin service."""

    DOCUMENTATION = r"""
options:
  url:
    description:
      - URL of the admin service, for instance V(https://mail.example.com:7071).
      - Without it the module must run on a mailstore. Address and credentials then come from the server's localconfig.
    type: str
  admin:
    description: Address of an administrator's account. Required with O(url).
    type: str
  password:
    description: Password of O(admin). It is sent in the body of a request only.
    type: str
  validate_certs:
    description:
      - Whether the certificate of the service must be trusted.
      - By default true with O(url), and false for the connection of a mailstore to itself.
    type: bool
  ca_path:
    description: File with the certificates of the authorities to trust, in PEM format.
    type: path
  soap_timeout:
    description: Seconds to wait for the next part of an answer.
    type: int
    default: 60
  home:
    description:
      - Home directory of the platform, where it is not V(/opt/zimbra) or V(/opt/zextras).
      - Used without O(url).
    type: path
  service_user:
    description:
      - User the programs of the platform run as.
      - By default V(zimbra), and V(zextras) on Carbonio. Used without O(url).
    type: str
requirements:
  - Without O(url), the task runs as root or as the service user.
"""
