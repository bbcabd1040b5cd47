# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the options of a module to a SOAP client: an URL and an admin, or what the mailstore's localconfig says."""

import ipaddress
import os
from typing import Any, Callable, Dict, NamedTuple, Optional

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import CommandError
from ansible_collections.mailops.zimbra.plugins.module_utils._platform import Platform, detect
from ansible_collections.mailops.zimbra.plugins.module_utils._runner import Runner, module_runner
from ansible_collections.mailops.zimbra.plugins.module_utils._soap import Login, SoapClient
from ansible_collections.mailops.zimbra.plugins.module_utils._soap_errors import SoapConfigurationError
from ansible_collections.mailops.zimbra.plugins.module_utils._soap_http import HttpTransport, Transport

LOCALCONFIG_TIMEOUT = 60.0
# The platform's own administrator of its internal services; it is looked up among the system admins.
SYSTEM_ADMIN = "zimbra"
_PASSWORD = "zimbra_ldap_password"
_HOST = "zimbra_zmprov_default_soap_server"
_PORT = "zimbra_admin_service_port"
_NAME = "zimbra_server_hostname"
_DEFAULT_PORT = "7071"


class Endpoint(NamedTuple):
    """Where to connect and as whom. ``server_name``: the name its certificate carries, None when it is the URL's."""

    url: str
    login: Login
    verify: bool
    server_name: Optional[str]


def connect(module: Any, transport: Optional[Transport] = None) -> SoapClient:
    """The SOAP client of an ``AnsibleModule`` with the options of ``_argspec.SOAP``; refuses changes in check mode.

    ``transport``: instead of the network. Raises :class:`SoapConfigurationError` and what the commands raise.
    """
    params = module.params
    endpoint = find_endpoint(params, lambda user: module_runner(module, user))
    module.no_log_values.update({endpoint.login.password})
    if transport is None:
        transport = HttpTransport(
            endpoint.url, params["soap_timeout"], endpoint.verify, params["ca_path"], endpoint.server_name
        )
    return SoapClient(transport, endpoint.login, read_only=module.check_mode)


def find_endpoint(params: Dict[str, Any], runner_for: Callable[[str], Runner]) -> Endpoint:
    """Endpoint of the options, or of localconfig when no ``url`` is given.

    A connection of the mailstore to itself is verified only when asked for: its certificate rarely has the name
    (``localhost``) that localconfig says to use.
    """
    if params["url"]:
        if not params["admin"] or not params["password"]:
            raise SoapConfigurationError(
                f"With url={params['url']} the options 'admin' and 'password' are needed too.", url=params["url"]
            )
        verify = params["validate_certs"] is not False
        return Endpoint(params["url"], Login(params["admin"], params["password"]), verify, None)
    platform = detect(params["home"], params["service_user"])
    config = read_localconfig(runner_for(platform.service_user), platform)
    if not config.get(_PASSWORD):
        raise SoapConfigurationError(
            f"localconfig of {platform.home} holds no {_PASSWORD}. Run this on a mailstore as root or as "
            f"{platform.service_user}, or give 'url', 'admin' and 'password'.",
            home=platform.home,
        )
    host = config.get(_HOST) or "localhost"
    port = config.get(_PORT) or _DEFAULT_PORT
    return Endpoint(
        url=f"https://{_bracketed(host)}:{port}",
        login=Login(SYSTEM_ADMIN, config[_PASSWORD]),
        verify=params["validate_certs"] is True,
        server_name=config.get(_NAME),
    )


def read_localconfig(runner: Runner, platform: Platform) -> Dict[str, str]:
    """The four keys a connection needs, the password in clear. The values appear in no command line."""
    keys = [_PASSWORD, _HOST, _PORT, _NAME]
    program = platform.program("zmlocalconfig")
    result = runner.run([program, "-q", "-s", "-x", "-m", "plain"] + keys, timeout=LOCALCONFIG_TIMEOUT)
    if result.rc != 0:
        # Not the output: it may hold the password.
        raise CommandError(
            f"{os.path.basename(program)} ended with exit status {result.rc}. Can {platform.service_user} read "
            f"{platform.home}/conf/localconfig.xml?",
            rc=result.rc,
        )
    values = {}
    for line in result.out.splitlines():
        key, separator, value = line.partition(" = ")
        if separator and key in keys:
            values[key] = value
    return values


def _bracketed(host: str) -> str:
    try:
        return f"[{host}]" if ipaddress.ip_address(host).version == 6 else host
    except ValueError:
        return host
