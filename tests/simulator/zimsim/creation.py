#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Making a new, empty server: directories, secrets, certificate, directory entries, command programs."""

from __future__ import annotations

import datetime
import getpass
import ipaddress
import os
import pwd
import secrets
import shutil
import socket
import sys
import uuid
from importlib import resources
from pathlib import Path
from xml.sax.saxutils import escape

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from zimsim.commands import registry
from zimsim.config import PORT_NAMES, REAL_PORTS, Config
from zimsim.model import Directory, Store, attribute_schema

_DIRECTORIES = ("bin", "conf", "log", "store", "backup", "data", "db", "index", "redolog")


def create(config: Config, *, ports: dict[str, int] | None = None) -> Config:
    """Fills in what ``config`` leaves open and writes everything; FileExistsError where a server is."""
    if config.state.exists():
        raise FileExistsError(f"{config.home} already holds a server")
    config.directory.mkdir(parents=True, exist_ok=True)
    config.home.mkdir(parents=True, exist_ok=True)
    for name in _DIRECTORIES:
        (config.home / name).mkdir(mode=0o755, exist_ok=True)
    config.state.mkdir(mode=0o755)
    config.ports = ports or free_ports(config.address)
    config.service_user = config.service_user or getpass.getuser()
    config.admin_password = config.admin_password or secrets.token_urlsafe(12)
    config.ldap_password = config.ldap_password or secrets.token_urlsafe(9)
    config.token_key = secrets.token_hex(32)
    config.server_id = config.server_id or str(uuid.uuid4())
    config.save()
    _certificate(config)
    _localconfig(config)
    _programs(config)
    _entries(config)
    _hand_over(config)
    return config


def free_ports(address: str) -> dict[str, int]:
    """Ports nobody listens on, all different."""
    held = []
    for _ in PORT_NAMES:
        probe = socket.socket()
        probe.bind((address, 0))
        held.append(probe)
    ports = {name: probe.getsockname()[1] for name, probe in zip(PORT_NAMES, held, strict=True)}
    for probe in held:
        probe.close()
    return ports


def ports_from(base: int) -> dict[str, int]:
    """Consecutive ports from ``base``; 0 stands for the platform's real ones."""
    return dict(REAL_PORTS) if base == 0 else {name: base + offset for offset, name in enumerate(PORT_NAMES)}


def _certificate(config: Config) -> None:
    directory = config.state / "tls"
    directory.mkdir(mode=0o750)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, config.hostname)])
    alternatives = x509.SubjectAlternativeName(
        [x509.DNSName(config.hostname), x509.IPAddress(ipaddress.ip_address(config.address))]
    )
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=3650))
        .add_extension(alternatives, critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    handle = os.open(directory / "server.pem", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(private + certificate.public_bytes(serialization.Encoding.PEM))


def _localconfig(config: Config) -> None:
    values = {
        "ldap_host": config.hostname,
        "ldap_is_master": "true",
        "ldap_master_url": f"ldap://{config.hostname}:389",
        "ldap_url": f"ldap://{config.hostname}:389",
        "zimbra_admin_service_port": str(config.ports["admin_https"]),
        "zimbra_home": os.fspath(config.home),
        "zimbra_ldap_password": config.ldap_password,
        "zimbra_ldap_user": "zimbra",
        "zimbra_ldap_userdn": "uid=zimbra,cn=admins,cn=zimbra",
        "zimbra_lmtp_validate_messages": "true",
        "zimbra_mail_service_port": str(config.ports["user_http"]),
        "zimbra_server_hostname": config.hostname,
        "zimbra_user": config.service_user,
        "zimbra_zmprov_default_soap_server": config.address,
        "zimbra_zmprov_default_to_ldap": "false",
        "zmprov_safeguarded_attrs": "zimbraServiceEnabled,zimbraServiceInstalled",
    }
    lines = ["<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "", "<localconfig>"]
    for name in sorted(values):
        lines += [f'  <key name="{name}">', f"    <value>{escape(values[name])}</value>", "  </key>"]
    handle = os.open(config.localconfig, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write("\n".join([*lines, "</localconfig>", ""]))


def interpreter() -> str:
    """A Python that every user of the machine may run; only the standard library is needed."""
    common = ("/usr/bin/python3", "/usr/local/bin/python3")
    return next((path for path in common if os.path.exists(path)), sys.executable)


def _programs(config: Config) -> None:
    package = resources.files("zimsim.commands")
    shutil.copyfile(str(package.joinpath("offline.py")), config.state / "offline.py")
    source = package.joinpath("shim.py").read_text(encoding="utf-8")
    body = source.partition("\n")[2].replace("@HOME@", os.fspath(config.home))
    for name in registry.program_names(config):
        path = config.bin / name
        path.write_text(f"#!{interpreter()} -ISE\n" + body.replace("@PROG@", name), encoding="utf-8")
        path.chmod(0o755)


def _entries(config: Config) -> None:
    # Password hashes are in it: not for others.
    mask = os.umask(0o077)
    try:
        store = Store(config.home, create=True, product=config.product)
    finally:
        os.umask(mask)
    directory = store.directory
    cos_id, cos = attribute_schema.default_cos(config.product)
    domain = config.admin.partition("@")[2]
    with store.database.write():
        directory.create("config", "config", {"zimbraDefaultDomainName": domain, "zimbraMailMode": "both"})
        directory.seed("cos", "default", cos, cos_id)
        directory.seed("cos", "defaultExternal", {**cos, "description": ["The default external users COS"]})
        directory.seed("server", config.hostname, _server_attributes(config), config.server_id)
        store.set_server(config.hostname)
        directory.create("domain", domain)
        directory.create("account", config.admin, {"zimbraIsAdminAccount": "TRUE"}, password=config.admin_password)
        _system_accounts(directory, domain)
    store.close()


def _system_accounts(directory: Directory, domain: str) -> None:
    """The training and quarantine accounts every Zimbra installation brings."""
    for key, local in (
        ("zimbraSpamIsSpamAccount", "spam"),
        ("zimbraSpamIsNotSpamAccount", "ham"),
        ("zimbraAmavisQuarantineAccount", "virus-quarantine"),
    ):
        address = f"{local}.{secrets.token_hex(5)}@{domain}"
        directory.create("account", address, {"zimbraIsSystemAccount": "TRUE", "zimbraHideInGal": "TRUE"})
        directory.modify(directory.config.id, {key: address})


def _server_attributes(config: Config) -> dict[str, list[str]]:
    services = ["mailbox", "mta", "ldap", "amavis", "antispam", "antivirus", "logger", "proxy", "snmp", "spell"]
    return {
        "zimbraServiceHostname": [config.hostname],
        "zimbraServiceInstalled": services,
        "zimbraServiceEnabled": ["service", "zimbra", "zimbraAdmin", "zimlet", *services],
        "zimbraAdminPort": [str(config.ports["admin_https"])],
        "zimbraLmtpBindPort": [str(config.ports["lmtp"])],
        "zimbraSmtpPort": [str(config.ports["smtp"])],
        "zimbraSmtpHostname": [config.hostname],
        "zimbraMailPort": [str(config.ports["user_http"])],
        "zimbraMailSSLPort": [str(config.ports["user_https"])],
        "zimbraMailMode": ["both"],
        "zimbraMailURL": ["/"],
        "zimbraMtaMyNetworks": ["127.0.0.0/8"],
    }


def _hand_over(config: Config) -> None:
    """Everything to the service user, when root makes a server for somebody else."""
    entry = pwd.getpwnam(config.service_user)
    if os.geteuid() != 0 or entry.pw_uid == 0:
        return
    for directory, names, files in os.walk(config.home):
        for name in (".", *names, *files):
            os.chown(Path(directory, name), entry.pw_uid, entry.pw_gid, follow_symlinks=False)
