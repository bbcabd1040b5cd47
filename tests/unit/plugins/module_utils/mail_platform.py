# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A platform's directory and mail queue, small, for the scripted SOAP service: what modules set is what they read."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.soap_script import (
    Node,
    ScriptedService,
    fault,
    only,
    text,
)

LOCAL = "lmtp:old.test:7025"
TAGS = {"accounts": "account", "resources": "calresource", "distributionlists": "dl", "domains": "domain"}


@dataclass
class Entry:
    """A directory entry; ``attributes`` with one or more values each."""

    tag: str
    id: str
    name: str
    attributes: dict[str, list[str]]

    def xml(self, wanted: list[str]) -> str:
        inner = "".join(
            f"<a n={quoteattr(name)}>{escape(value)}</a>"
            for name, values in self.attributes.items()
            if name in wanted
            for value in values
        )
        return f"<{self.tag} id={quoteattr(self.id)} name={quoteattr(self.name)}>{inner}</{self.tag}>"


def account(name: str, tag: str = "account", **attributes: str | list[str]) -> Entry:
    """An account in its usual state: enabled, delivered on old.test."""
    given = {"zimbraMailStatus": "enabled", "zimbraMailTransport": LOCAL, "zimbraMailHost": "old.test", **attributes}
    values = {key: value if isinstance(value, list) else [value] for key, value in given.items() if value}
    return Entry(tag, f"id-{name}", name, values)


def domain(name: str, kind: str = "local", **attributes: str) -> Entry:
    given = {"zimbraMailStatus": "enabled", "zimbraDomainType": kind, **attributes}
    return Entry("domain", f"id-{name}", name, {key: [value] for key, value in given.items() if value})


@dataclass
class Platform:
    """Entries, configuration, and messages in the queue: id -> (queue, recipients' domain)."""

    entries: list[Entry]
    config: dict[str, str] = field(default_factory=dict)
    queue: dict[str, tuple[str, str]] = field(default_factory=dict)
    lists_queue: bool = True
    requeued: list[str] = field(default_factory=list)
    flushed: int = 0
    searches: list[dict[str, str]] = field(default_factory=list)
    deaf: bool = False

    def service(self) -> ScriptedService:
        return ScriptedService(
            {
                "SearchDirectoryRequest": self.search,
                "GetConfigRequest": self.get_config,
                "ModifyDomainRequest": self.modify,
                "ModifyAccountRequest": self.modify,
                "ModifyCalendarResourceRequest": self.modify,
                "GetAllServersRequest": lambda _asked: answer("GetAllServers", '<server name="mta.test" id="1"/>'),
                "GetMailQueueInfoRequest": self.queue_info,
                "GetMailQueueRequest": self.queue_list,
                "MailQueueActionRequest": self.queue_action,
                "MailQueueFlushRequest": self.queue_flush,
            }
        )

    def entry(self, name: str) -> Entry:
        (found,) = [entry for entry in self.entries if entry.name == name]
        return found

    def transport(self, name: str) -> str | None:
        values = self.entry(name).attributes.get("zimbraMailTransport", [])
        return values[0] if values else None

    def search(self, asked: Node) -> str:
        self.searches.append(dict(asked.attributes.items()))
        tags = {TAGS[kind] for kind in asked.getAttribute("types").split(",") if kind in TAGS}
        wanted = asked.getAttribute("attrs").split(",")
        inner = "".join(entry.xml(wanted) for entry in self.entries if entry.tag in tags)
        return answer("SearchDirectory", inner, 'more="0"')

    def get_config(self, asked: Node) -> str:
        name = only(asked, "a").getAttribute("n")
        inner = f"<a n={quoteattr(name)}>{escape(self.config[name])}</a>" if name in self.config else ""
        return answer("GetConfig", inner)

    def modify(self, asked: Node) -> str:
        identity = text(only(asked, "id"))
        for entry in self.entries:
            if entry.id == identity and entry.attributes.get("refuses"):
                return fault("service.PERM_DENIED", "permission denied: can not access domain")
            if entry.id == identity and not self.deaf:
                for item in asked.getElementsByTagName("a"):
                    value = text(item)
                    entry.attributes[item.getAttribute("n")] = [value] if value else []
        name = asked.tagName.replace("Request", "")
        return answer(name, "<account/>")

    def queue_info(self, _asked: Node) -> str:
        names = ["incoming", "active", "deferred", "hold", "corrupt"]
        counts = {name: sum(1 for queue, _domain in self.queue.values() if queue == name) for name in names}
        inner = "".join(f'<queue name="{name}" n="{number}"/>' for name, number in counts.items())
        return answer("GetMailQueueInfo", f'<server name="mta.test">{inner}</server>')

    def queue_list(self, asked: Node) -> str:
        spec = only(asked, "queue")
        query = only(asked, "query")
        start, limit = int(query.getAttribute("offset")), int(query.getAttribute("limit"))
        found = [(key, where[1]) for key, where in self.queue.items() if where[0] == spec.getAttribute("name")]
        page = found[start : start + limit] if self.lists_queue else []
        inner = "".join(f'<qi id="{key}" todomain="{name}"/>' for key, name in page)
        more = int(start + limit < len(found) and self.lists_queue)
        return answer("GetMailQueue", f'<server><queue name="x" more="{more}">{inner}</queue></server>')

    def queue_action(self, asked: Node) -> str:
        action = only(asked, "action")
        assert (action.getAttribute("op"), action.getAttribute("by")) == ("requeue", "id")
        chosen = [key for key, where in self.queue.items() if where[0] == "deferred"]
        if text(action) != "ALL":
            chosen = [key for key in text(action).split(",") if key in chosen]
        for key in chosen:
            self.requeued.append(key)
            self.queue.pop(key)
        return answer("MailQueueAction", "<server/>")

    def queue_flush(self, _asked: Node) -> str:
        self.flushed += 1
        return answer("MailQueueFlush", "")


def answer(name: str, inner: str, attributes: str = "") -> str:
    return f'<{name}Response {attributes} xmlns="urn:zimbraAdmin">{inner}</{name}Response>'
