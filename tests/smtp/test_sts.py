"""MTA-STS against a real resolver and policies on a web server with the local authority's certificate."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.model.judgement import Tls
from gateway.model.store import Store
from gateway.smtp.resolve import Resolver
from gateway.smtp.sts import StsPolicies
from gateway.store import open_store
from gateway.store.keys import load_keys
from tests.smtp.fakes import KEYWORDS, FakeHop
from tests.smtp.unbound import HOSTS, UNSIGNED
from tests.smtp.world import World, outcome, policies_on_the_web

pytestmark = pytest.mark.tools("unbound")


@asynccontextmanager
async def store_in(folder: Path) -> AsyncIterator[Store]:
    store = await open_store(f"sqlite:///{folder}/gateway.db", load_keys(folder / "keys"), "serve")
    try:
        yield store
    finally:
        await store.close()


LEVELS = (Tls.NONE, Tls.MAY, Tls.ENCRYPT, Tls.VERIFY, Tls.DANE)
NEVER = ("deferred",) * 5
# DANE is never met here: DNS is not signed.
VERIFIED = ("tls", "tls", "tls", "tls", "deferred")
AS_WITHOUT = ("plain", "plain", "deferred", "deferred", "deferred")
POLICIES = {
    # domain: (its host, how mail goes at each level)
    "sts-right": ("right", VERIFIED),
    "sts-plain": ("plain", NEVER),
    "sts-unknown": ("unknown", NEVER),
    "sts-expired": ("expired", NEVER),
    "sts-wrong": ("wrong", NEVER),
    "sts-elsewhere": ("right", NEVER),  # the policy names other hosts
    "sts-testing": ("plain", AS_WITHOUT),
    "sts-none": ("plain", AS_WITHOUT),
    "sts-stale": ("plain", AS_WITHOUT),  # the web server's certificate has expired: no policy
}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("domain", POLICIES)
async def test_a_policy_binds_as_its_mode_says(world: World, web_is_trusted: None, domain: str, level: Tls) -> None:
    host, expected = POLICIES[domain]
    async with policies_on_the_web(world), world.hop(host) as hop:
        assert await outcome(world.route(level), hop, f"b@{domain}.{UNSIGNED}") == expected[LEVELS.index(level)]


async def test_a_policy_outlives_a_restart_with_its_server_gone(world: World, web_is_trusted: None, tmp_path: Path) -> None:
    """Who can cut us off from the policy's server cannot make us forget: the host below has lost its TLS."""
    async with policies_on_the_web(world) as asked, world.hop("right") as hop, store_in(tmp_path) as store:
        for _ in range(2):
            assert await outcome(world.route(shelf=store), hop, f"b@sts-right.{UNSIGNED}") == "tls"
        assert asked == ["sts-right"]
    async with FakeHop(KEYWORDS, None, world.dns.mail_port, HOSTS["right"]) as stripped:
        async with store_in(tmp_path) as store:
            assert await outcome(world.route(shelf=store), stripped, f"b@sts-right.{UNSIGNED}") == "deferred"
        assert await outcome(world.route(), stripped, f"b@sts-right.{UNSIGNED}") == "plain"


@pytest.mark.parametrize("kept", ["", "null", "{}", '{"policy": 1}', '{"policy": {"enforced": true}}', "rubbish"])
async def test_what_another_release_kept_is_fetched_anew(world: World, web_is_trusted: None, tmp_path: Path, kept: str) -> None:
    async with policies_on_the_web(world), store_in(tmp_path) as store:
        await store.put(f"mta-sts of sts-right.{UNSIGNED}", kept)
        policy = await StsPolicies(Resolver(world.settings), shelf=store).of(f"sts-right.{UNSIGNED}")
    assert policy is not None
    assert policy.enforced


async def test_messages_that_wait_for_a_policy_share_one_fetch(world: World, web_is_trusted: None) -> None:
    async with policies_on_the_web(world) as asked:
        policies = StsPolicies(Resolver(world.settings))
        found = await asyncio.gather(*(policies.of(f"sts-right.{UNSIGNED}") for _ in range(20)))
    assert asked == ["sts-right"]
    assert all(policy is not None and policy.enforced for policy in found)
