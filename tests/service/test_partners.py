"""Registered partners in DNS: what vanished or changed is told; what could not be found out is no change."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from dns.resolver import NoResolverConfiguration

from gateway.model.settings import RouteSettings
from gateway.policy import load
from gateway.service import partners
from gateway.service.desk import Desk, examine_in_thread
from gateway.service.partners import Seen, changes, look, verify, verify_daily, verify_if_due
from gateway.service.policies import read_folder
from gateway.service.settings import load_settings
from gateway.smtp.resolve import Exchangers, NoAnswer, NoDomain
from gateway.store import open_store
from gateway.store.keys import load_keys
from tests.conftest import ROOT


class Zone:
    """DNS as a table; a name that is not in it does not exist."""

    def __init__(
        self, hosts: dict[str, tuple[str, ...]], texts: dict[str, str], tlsa: Sequence[str] = (), silent: Sequence[str] = ()
    ) -> None:
        self.hosts, self.records, self.signed, self.silent = hosts, texts, tlsa, silent

    async def exchangers(self, domain: str) -> Exchangers:
        if domain in self.silent:
            raise NoAnswer(domain)
        if domain not in self.hosts:
            raise NoDomain(domain)
        return Exchangers(self.hosts[domain], secure=False)

    async def texts(self, name: str) -> tuple[str, ...]:
        return (self.records[name],) if name in self.records else ()

    async def tlsa(self, host: str, port: int) -> tuple[str, ...]:
        assert port == 25
        return ("record",) if host in self.signed else ()


TODAY = date(2026, 11, 23)
HOSTS = {"nhs.net": ("mx2.nhs.net", "mx1.nhs.net"), "nhs.net.cjsm.net": ("mx.cjsm.net",)}


async def test_what_dns_says_of_a_partner() -> None:
    zone = Zone(HOSTS, {"_mta-sts.nhs.net": "v=STSv1; id=1"}, ["mx1.nhs.net", "mx2.nhs.net"])
    seen = await look(zone, "nhs.net", ".cjsm.net")
    assert seen == Seen("nhs.net", True, ("mx1.nhs.net", "mx2.nhs.net"), ("mx.cjsm.net",), True, True)


async def test_dane_counts_only_if_every_host_has_it() -> None:
    assert (await look(Zone(HOSTS, {}, ["mx1.nhs.net"]), "nhs.net", ".cjsm.net")).dane is False


async def test_a_domain_that_vanished_takes_no_mail_and_a_silent_server_is_not_the_same() -> None:
    gone = await look(Zone({}, {}), "nhs.net", ".cjsm.net")
    silent = await look(Zone({}, {}, silent=["nhs.net", "nhs.net.cjsm.net"]), "nhs.net", ".cjsm.net")
    assert (gone.exists, gone.takes_mail) == (False, False)
    assert (silent.exists, silent.hosts, silent.takes_mail) == (None, None, True)


BEFORE = Seen("nhs.net", True, ("mx1.nhs.net",), ("mx.cjsm.net",), True, False)


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (BEFORE, ()),
        (replace(BEFORE, hosts=("mx.evil.example",)), ("its mail servers: mx1.nhs.net -> mx.evil.example",)),
        (replace(BEFORE, exists=False), ("whether the domain exists: yes -> no",)),
        (replace(BEFORE, bridge_hosts=()), ("the mail servers of its address with the suffix: mx.cjsm.net -> none",)),
        (replace(BEFORE, mta_sts=False), ("MTA-STS: yes -> no",)),
        (replace(BEFORE, hosts=None, exists=None, mta_sts=None), ()),
    ],
)
def test_only_what_is_known_to_differ_is_a_change(now: Seen, words: tuple[str, ...]) -> None:
    assert changes(BEFORE, now) == words
    assert changes(None, now) == ()


async def test_what_was_seen_is_kept_over_a_failed_look(tmp_path: Path) -> None:
    policy = load(read_folder(ROOT / "policies"))
    domains = ("gsi.gov.uk", "gsx.gov.uk", "met.pnn.police.uk", "nhs.net")
    hosts: dict[str, tuple[str, ...]] = dict.fromkeys((*domains, *(f"{domain}.cjasm.net" for domain in domains)), ("mx.old.example",))
    store = await open_store(f"sqlite:///{tmp_path}/gateway.db", load_keys(tmp_path / "keys"), "test")
    try:
        first = await verify(policy, Zone(hosts, {}), store, TODAY)
        failed = await verify(policy, Zone(hosts, {}, silent=["nhs.net"]), store, TODAY)
        third = await verify(policy, Zone({**hosts, "nhs.net": ("mx.new.example",)}, {}), store, TODAY)
    finally:
        await store.close()
    assert [seen.domain for seen, _ in first] == list(domains)
    assert [changed for _, changed in (*first, *failed)] == [()] * 8
    assert [changed for _, changed in third] == [(), (), (), ("its mail servers: mx.old.example -> mx.new.example",)]


async def test_a_new_look_alike_is_a_change_and_a_silent_resolver_is_none(tmp_path: Path) -> None:
    policy = load(read_folder(ROOT / "policies"))
    hosts: dict[str, tuple[str, ...]] = dict.fromkeys(("gsi.gov.uk", "gsx.gov.uk", "met.pnn.police.uk", "nhs.net"), ("mx.example",))
    evil = {**hosts, "nhd.net": ("mx.evil.example",), "nsh.net": ("listed.example",)}
    days: list[tuple[dict[str, tuple[str, ...]], tuple[str, ...]]] = [(hosts, ()), (evil, ()), (hosts, ("nhx.net",)), (hosts, ())]
    store = await open_store(f"sqlite:///{tmp_path}/gateway.db", load_keys(tmp_path / "keys"), "test")
    try:
        looks = [await verify(policy, Zone(zone, {}, silent=silent), store, TODAY) for zone, silent in days]
    finally:
        await store.close()
    changed = [{seen.domain: words for seen, words in one}["nhs.net"] for one in looks]
    told = "domains in DNS that look like it"
    assert changed == [(), (f"{told}: none -> nhd.net",), (), (f"{told}: nhd.net -> none",)]


async def test_the_gateway_verifies_once_a_day_and_says_what_changed(tmp_path: Path) -> None:
    keys = load_keys(tmp_path / "keys")
    store = await open_store(f"sqlite:///{tmp_path}/gateway.db", keys, "test")
    now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def desk(hours: int) -> Desk:
        return Desk(
            load_settings(None, {}),
            load(read_folder(ROOT / "policies")),
            {},
            store,
            keys,
            examine_in_thread,
            clock=lambda: now + timedelta(hours=hours),
        )

    hosts: dict[str, tuple[str, ...]] = dict.fromkeys(("gsi.gov.uk", "gsx.gov.uk", "met.pnn.police.uk", "nhs.net"), ("mx.example",))
    try:
        with structlog.testing.capture_logs() as logs:
            assert [await verify_if_due(desk(hours), lambda: Zone(hosts, {})) for hours in (0, 23)] == [True, False]
            assert logs == []
            assert await verify_if_due(desk(25), lambda: Zone({**hosts, "nhs.net": ("mx.evil.example",)}, {}))
    finally:
        await store.close()
    assert [(line["event"], line["domain"], line["changes"]) for line in logs] == [
        ("partner_changed", "nhs.net", ["its mail servers: mx.example -> mx.evil.example"])
    ]


async def test_a_gateway_whose_mail_stays_on_this_machine_asks_nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(partners, "CHECK_EVERY_S", 0.001)
    keys = load_keys(tmp_path / "keys")
    store = await open_store(f"sqlite:///{tmp_path}/gateway.db", keys, "test")
    local = Desk(load_settings(None, {}), load(read_folder(ROOT / "policies")), {}, store, keys, examine_in_thread)
    far = replace(local.settings, routes=(RouteSettings("default", mx=True),))
    asked: dict[bool, str | None] = {}
    try:
        for live in (False, True):
            task = asyncio.Task(verify_daily(replace(local, settings=far) if live else local, lambda: Zone({}, {})))
            await asyncio.sleep(0.5)
            task.cancel()
            asked[live] = await store.get("partners verified")
    finally:
        await store.close()
    assert asked[False] is None and asked[True] is not None


async def test_a_machine_without_a_resolver_goes_on(tmp_path: Path) -> None:
    keys = load_keys(tmp_path / "keys")
    store = await open_store(f"sqlite:///{tmp_path}/gateway.db", keys, "test")

    def none() -> Zone:
        raise NoResolverConfiguration

    try:
        with structlog.testing.capture_logs() as logs:
            desk = Desk(load_settings(None, {}), load(read_folder(ROOT / "policies")), {}, store, keys, examine_in_thread)
            assert await verify_if_due(desk, none) is False
    finally:
        await store.close()
    assert [line["event"] for line in logs] == ["partners_not_verified"]
