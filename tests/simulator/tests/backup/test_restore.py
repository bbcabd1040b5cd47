# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""External Restore: everything arrives once, nothing is deleted, what the maps know is skipped."""

from __future__ import annotations

import shutil
from pathlib import Path

from zimsim.model import ItemType, bencode
from zimsim.model.items import Grant, NewItem

DATE = 1_700_000_000_000


def test_messages_keep_folder_flags_tags_date_and_bytes(source, destination, sync):
    box = source.mailbox("anna@a.test")
    folder = box.ensure_folder("/Work/Deep", view=5)
    box.create_tag("blue", 3)
    raw = b"Subject: odd\r\n\r\nno newline at the end, 8-bit \xff\xfe"
    item = box.add_message(raw, folder.id, date=DATE, flags=2, tags=["blue"])
    source.scan()
    text = destination.restore(sync())
    assert "Unrestored Items: 0" in text
    there = destination.mailbox("anna@a.test")
    (copy,) = there.items(folder_id=there.folder_by_path("/Work/Deep").id)
    assert there.blob(copy) == raw
    assert (copy.digest, copy.date, copy.flags, copy.tags) == (item.digest, item.date, item.flags, item.tags)
    assert there.tag("blue").color == 3
    assert destination.subjects("anna@a.test") == source.subjects("anna@a.test")


def test_documents_keep_their_versions_and_items_without_blob_their_metadata(source, destination, sync):
    box = source.mailbox("anna@a.test")
    document = box.add_document(b"one", 16, "note.txt", "text/plain", "anna@a.test", date=DATE)
    box.add_revision(document.id, b"two", "text/plain", "anna@a.test")
    box.add_item(NewItem(ItemType.CONTACT, 7, None, DATE, "d4:name4:Evae", name="Eva"))
    source.scan()
    destination.restore(sync())
    there = destination.mailbox("anna@a.test")
    copy = there.document(16, "note.txt")
    assert there.blob(copy) == b"two" and copy.version == 2
    assert [there.revision_blob(each) for each in there.revisions(copy.id)] == [b"one"]
    (contact,) = there.items(types=[ItemType.CONTACT])
    assert contact.metadata == "d4:name4:Evae" and contact.digest is None


def _group(*members):
    inner = bencode.encode({"m": [{"t": kind, "v": value} for kind, value in members], "v": 10})
    return bencode.encode({"fld": {"groupMember": inner, "nickname": "Friends", "type": "group"}, "v": 10})


def test_contact_groups_name_the_contacts_of_this_server(source, destination, sync):
    box, other = source.mailbox("anna@a.test"), source.mailbox("ben@a.test")
    card = bencode.encode({"fld": {"firstName": "Eva"}, "v": 10})
    group = box.add_item(NewItem(ItemType.CONTACT, 7, None, DATE, _group(), sender="Friends"))
    eva = box.add_item(NewItem(ItemType.CONTACT, 7, None, DATE, card, sender="Eva"))
    bea = other.add_item(NewItem(ItemType.CONTACT, 7, None, DATE, card, sender="Bea"))
    members = (("I", "x@y.test"), ("C", str(eva.id)), ("C", f"{other.account_id}:{bea.id}"))
    box.update(group.id, metadata=_group(*members))
    source.fill("anna@a.test", 1)
    source.scan()
    destination.restore(sync(), "accounts", "ben@a.test,anna@a.test")
    there, other_there = destination.mailbox("anna@a.test"), destination.mailbox("ben@a.test")
    copies = {item.sender: item for item in there.items(types=[ItemType.CONTACT])}
    (bea_there,) = other_there.items(types=[ItemType.CONTACT])
    assert copies["Friends"].metadata == _group(
        ("I", "x@y.test"), ("C", str(copies["Eva"].id)), ("C", f"{other_there.account_id}:{bea_there.id}")
    )


def test_second_restore_skips_everything(source, destination, sync):
    source.scan()
    first = destination.restore(sync())
    second = destination.restore(sync())
    assert "Skipped Items:  0\n" in first and "Restored Items: 0\n" in second and "Unrestored Items: 0" in second
    restored = first.partition("Restored Items: ")[2].splitlines()[0]
    assert f"Skipped Items:  {restored}\n" in second
    assert destination.subjects("anna@a.test") == source.subjects("anna@a.test")


def test_delta_brings_what_is_new_and_never_deletes(source, destination, sync):
    source.scan()
    destination.restore(sync())
    box = source.mailbox("anna@a.test")
    gone = next(iter(box.items()))
    box.delete([gone.id])
    source.fill("anna@a.test", 1, folder_id=5)
    source.scan()
    text = destination.restore(sync())
    assert "Restored Items: 1\n" in text
    assert gone.subject in destination.subjects("anna@a.test")
    assert destination.subjects("anna@a.test", "/Sent") == ["anna-0"]


def test_lost_maps_double_everything(source, destination, sync):
    source.scan()
    destination.restore(sync())
    (server_map,) = Path(destination.backup.layout.root).glob("map_*")
    server_map.unlink()
    destination.restore(sync())
    assert destination.subjects("anna@a.test") == sorted(source.subjects("anna@a.test") * 2)


def test_passwords_and_preferences_are_reset(source, destination, sync):
    source.scan()
    destination.restore(sync())
    directory = destination.store.directory
    anna = directory.get("account", "anna@a.test")
    directory.set_password(anna.id, "changed")
    directory.modify(anna.id, {"zimbraPrefLocale": "de", "displayName": "Changed"})
    destination.restore(sync())
    anna = directory.get("account", "anna@a.test")
    assert directory.password_matches(anna, "secret")
    assert not anna.values("zimbraPrefLocale") and anna.first("displayName") == ""


def test_skip_account_provisioning_leaves_the_password(source, destination, sync):
    source.scan()
    destination.restore(sync(), "provisioning_only", "true")
    assert destination.subjects("anna@a.test") == []
    directory = destination.store.directory
    directory.set_password(directory.get("account", "anna@a.test").id, "changed")
    destination.restore(sync(), "skip_account_provisioning", "true")
    assert directory.password_matches(directory.get("account", "anna@a.test"), "changed")
    assert len(destination.subjects("anna@a.test")) == 12


def test_accounts_get_new_ids_and_this_servers_host(source, destination, sync):
    source.scan()
    destination.restore(sync())
    here, there = (each.store.directory.get("account", "anna@a.test") for each in (source, destination))
    assert here.id != there.id
    assert there.first("zimbraMailHost") == "mail.dest.test"
    assert there.first("zimbraMailTransport") == f"lmtp:mail.dest.test:{destination.config.ports['lmtp']}"
    table = destination.json("backup", "getMap", str(next(iter(Path(destination.backup.layout.root).glob("map_*")))))[
        "response"
    ]["map"]
    assert {"type": "account", "name": "anna@a.test", "old_id": here.id, "new_id": there.id} in table


def test_system_accounts_stay_behind_unless_asked_for(source, destination, sync):
    source.account("galsync@a.test", zimbraIsSystemAccount="TRUE")
    source.scan()
    destination.restore(sync())
    assert destination.store.directory.find("account", "galsync@a.test") is None
    destination.restore(sync(), "skip_system_accounts", "false", "domains", "a.test")
    assert destination.store.directory.find("account", "galsync@a.test") is not None


def test_domain_filter_aliases_lists_cos(source, destination, sync):
    directory = source.store.directory
    cos = directory.create("cos", "gold", {"zimbraMailQuota": "1000000"})
    anna = directory.get("account", "anna@a.test")
    directory.modify(anna.id, {"zimbraCOSId": cos.id})
    directory.add_alias(anna.id, "annie@a.test")
    team = directory.create("dl", "team@a.test")
    directory.add_members(team.id, ["anna@a.test", "x@elsewhere.test"])
    directory.create("dl", "other@b.test")
    source.scan()
    destination.restore(sync(), "domains", "a.test")
    there = destination.store.directory
    assert there.find("account", "carl@b.test") is None and there.find("dl", "other@b.test") is None
    assert there.resolve("annie@a.test").name == "anna@a.test"
    assert there.members(there.get("dl", "team@a.test").id) == ["anna@a.test", "x@elsewhere.test"]
    assert there.get("account", "anna@a.test").first("zimbraCOSId") == there.get("cos", "gold").id != cos.id


def test_grants_and_mountpoints_point_at_the_people_here(source, destination, sync):
    source.mailbox("anna@a.test").ensure_folder("/Shared", view=5)
    source.share("anna@a.test", "/Shared", "ben@a.test", "Anna's")
    source.scan()
    destination.restore(sync())
    anna, ben = destination.mailbox("anna@a.test"), destination.mailbox("ben@a.test")
    shared = anna.folder_by_path("/Shared")
    assert shared.grants == (Grant(ben.account_id, "usr", "rw", "ben@a.test"),)
    link = ben.folder_by_path("/Anna's")
    assert (link.type, link.owner_id, link.remote_id) == (ItemType.MOUNTPOINT, anna.account_id, shared.id)
    assert " broken shares: 0" in destination.wait("backup", "doCheckShares", "start")


def test_shares_across_two_imports_need_fix_shares(source, destination, sync):
    source.mailbox("anna@a.test").ensure_folder("/Shared", view=5)
    source.share("anna@a.test", "/Shared", "carl@b.test", "Anna's")
    source.scan()
    destination.restore(sync(), "domains", "b.test")
    destination.restore(sync(), "domains", "a.test")
    assert " broken shares: 1" in destination.wait("backup", "doCheckShares", "start")
    name = next(iter(Path(destination.backup.layout.root).glob("map_*"))).name
    assert " fixed shares: 1" in destination.wait("backup", "doFixShares", name)
    assert " broken shares: 0" in destination.wait("backup", "doCheckShares", "start")
    link = destination.mailbox("carl@b.test").folder_by_path("/Anna's")
    anna = destination.mailbox("anna@a.test")
    assert (link.owner_id, link.remote_id) == (anna.account_id, anna.folder_by_path("/Shared").id)


def test_an_address_that_is_an_alias_here_leaves_its_items_unrestored(source, destination, sync):
    destination.account("taken@a.test")
    directory = destination.store.directory
    directory.add_alias(directory.get("account", "taken@a.test").id, "ben@a.test")
    source.scan()
    text = destination.restore(sync())
    assert "account: ben@a.test\nunrestored items: 1,2," in text
    assert len(destination.subjects("anna@a.test")) == 12


def test_missing_domain_with_skip_domain_provisioning_fails(source, destination, sync):
    source.scan()
    text = destination.restore(sync(), "skip_domain_provisioning", "true", "domains", "b.test")
    assert "Operation External Restore Failed." in text and "the domain b.test does not exist" in text


def test_quota_is_put_back_at_the_end_only(source, destination, sync):
    directory = source.store.directory
    directory.modify(directory.get("account", "anna@a.test").id, {"zimbraMailQuota": "5000"})
    source.scan()
    destination.faults.set("interrupt", {"at": "20"})
    there = destination.store.directory
    assert "Interrupted" in destination.restore(sync())
    assert there.get("account", "anna@a.test").first("zimbraMailQuota") == "0"
    destination.restore(sync())
    assert there.get("account", "anna@a.test").first("zimbraMailQuota") == "5000"


def test_only_newly_listed_accounts_in_their_order(source, destination, sync, tmp_path):
    source.scan()
    (tmp_path / "list").write_text("carl@b.test\nanna@a.test\n")
    destination.restore(sync(), "input_file", str(tmp_path / "list"))
    names = [entry.name for entry in destination.store.directory.all("account")]
    assert "carl@b.test" in names and "ben@a.test" not in names


def test_an_export_is_a_source_too(source, destination, tmp_path):
    target = tmp_path / "export"
    target.mkdir()
    source.wait("backup", "doExport", str(target), "domains", "a.test")
    destination.restore(target)
    assert destination.subjects("ben@a.test") == source.subjects("ben@a.test")
    assert destination.store.directory.find("account", "carl@b.test") is None
    answer = source.json("backup", "doExport", str(target))
    assert answer["ok"] is False and "is not empty" in answer["error"]["details"]["cause"]


def test_source_paths_that_cannot_be_right(source, destination, sync, tmp_path):
    source.scan()
    destination.scan()
    own = Path(destination.backup.layout.root)
    inner = own / "inner"
    shutil.copytree(sync(), inner)
    for path in (own, own.parent, inner, tmp_path / "nowhere", tmp_path / "source" / "opt"):
        answer = destination.json("backup", "doExternalRestore", str(path))
        assert answer["ok"] is False and answer["error"]["code"] == "INVALID_PATH", path


def test_long_lines_are_refused_by_the_validator_until_it_is_off(source, destination, sync):
    source.mailbox("ben@a.test").add_message(b"Subject: long\r\n\r\n" + b"x" * 10241, 2, date=DATE)
    source.scan()
    assert "Unrestored Items: 1\n\n- unrestored items -\naccount: ben@a.test\nunrestored items: " in (
        destination.restore(sync())
    )
    path = destination.config.localconfig
    key = '<key name="zimbra_lmtp_validate_messages">\n    <value>'
    path.write_text(path.read_text().replace(f"{key}true", f"{key}false"))
    text = destination.restore(sync())
    assert "Restored Items: 1\n" in text and "Unrestored Items: 0" in text
