"""A broker of three nodes: nodes die and are parted while people work. Nothing is lost, nothing is doubled.

The services know one address, and go on by the nodes that can.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from faults_support import Fire, on_fire

from zavhoz_contracts.registry import Queue
from zavhoz_devstack.errors import DevstackError
from zavhoz_devstack.faults.crowd import Crowd
from zavhoz_devstack.servers.cluster import NODES, Cluster, Node, clustered
from zavhoz_messaging.testing import wait_until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]
COMMANDS = Queue.REQUESTS_COMMANDS
RESUMES_SECONDS = 10.0
"""How soon commands are applied again, at the latest, when a leader was killed."""
SILENT_SECONDS = 60.0
"""The same when nobody says that it is gone: it is noticed by heartbeats and ticks, on a busy machine."""


@dataclass(frozen=True, slots=True)
class Clustered:
    """A system, and the cluster that is its broker."""

    fire: Fire
    cluster: Cluster

    async def leader(self) -> Node:
        """Who leads the queue of commands."""
        return await asyncio.to_thread(self.cluster.leader, COMMANDS)

    async def resumed(self, crowd: Crowd, within: float) -> float:
        """Wait until more commands are given and more are applied; returns after how many seconds.

        What was in hand already may be what is applied: so it shows that work goes on, and is no measure of a gap.
        """
        began = time.monotonic()
        before = await self._applied()
        given = crowd.commands

        async def more() -> bool:
            return crowd.commands > given and await self._applied() > before

        await wait_until(more, "commands to be applied again", timeout=within)
        return time.monotonic() - began

    async def succeeded(self, leader: Node) -> None:
        """Wait until the other nodes have chosen another leader."""
        others = self.cluster.others(leader)

        async def another() -> bool:
            with contextlib.suppress(DevstackError):
                return await asyncio.to_thread(self.cluster.leader, COMMANDS, by=others) is not leader
            return False

        await wait_until(another, "another leader", timeout=SILENT_SECONDS)

    async def whole(self) -> None:
        """Wait until every node is in its place again."""

        async def all_online() -> bool:
            try:
                said = await asyncio.to_thread(self.cluster.queue, COMMANDS)
            except DevstackError:
                return False
            online = said.get("online")
            return isinstance(online, list) and len(online) == len(NODES)

        await wait_until(all_online, "every node to be online", timeout=90)
        await self.fire.ready(timeout=90)

    async def _applied(self) -> float:
        return await self.fire.metric("requests", "zavhoz_messages_handled_total", queue=COMMANDS, outcome="done")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clustered_system(installed_rabbitmq: None) -> AsyncIterator[Clustered]:  # noqa: ARG001  # is there first
    async with clustered() as cluster, on_fire(given={"AMQP_URL": cluster.url}) as fire:
        yield Clustered(fire, cluster)


async def test_the_leader_of_a_queue_is_killed(clustered_system: Clustered) -> None:
    system, cluster = clustered_system, clustered_system.cluster
    async with system.fire.load() as crowd:
        await crowd.until(20)
        leader = await system.leader()
        began = await system.fire.now()
        await cluster.kill(leader)
        await system.resumed(crowd, SILENT_SECONDS)
        await crowd.until(crowd.commands + 40)
        pause = await system.fire.longest_pause(began)
        assert await system.leader() is not leader
        await cluster.start(leader)
        await system.whole()
        await crowd.until(crowd.commands + 20)
    await system.fire.audit(crowd)
    print(f"the leader was killed: {pause:.2f} s at most without a command applied")
    assert pause <= RESUMES_SECONDS


@pytest.mark.exhaustive
async def test_two_of_three_are_down_and_come_back(clustered_system: Clustered) -> None:
    """There is no majority: nothing is confirmed, everybody waits and says so, and goes on by itself."""
    system, cluster = clustered_system, clustered_system.cluster
    async with system.fire.load() as crowd:
        await crowd.until(20)
        leader = await system.leader()
        down = [leader, cluster.others(leader)[0]]
        await cluster.kill(*down)
        await system.fire.unready("gateway", "publisher", timeout=SILENT_SECONDS)
        await cluster.start(*down)
        await system.whole()
        await system.resumed(crowd, SILENT_SECONDS)
        await crowd.until(crowd.commands + 20)
    await system.fire.audit(crowd)


@pytest.mark.exhaustive
@pytest.mark.parametrize("clients", [True, False], ids=["by halves", "from the other nodes only"])
async def test_a_node_is_parted_from_the_others(clustered_system: Clustered, *, clients: bool) -> None:
    """Its half has no majority and stops: whoever was connected to it goes to the other."""
    system, cluster = clustered_system, clustered_system.cluster
    async with system.fire.load() as crowd:
        await crowd.until(20)
        leader = await system.leader()
        cluster.part(leader, clients=clients)
        try:
            await system.resumed(crowd, SILENT_SECONDS)

            if cluster.partable:
                await system.succeeded(leader)
        finally:
            cluster.heal()
        await system.whole()
        await crowd.until(crowd.commands + 20)
    await system.fire.audit(crowd)


@pytest.mark.exhaustive
async def test_a_frozen_node_is_given_up_and_comes_back_as_one_of_several(clustered_system: Clustered) -> None:
    """It answers nobody and closes nothing: the other nodes and our clients know by its silence alone."""
    system = clustered_system
    async with system.fire.load() as crowd:
        await crowd.until(20)
        leader = await system.leader()
        leader.freeze()
        try:
            await system.succeeded(leader)
            await system.resumed(crowd, SILENT_SECONDS)
        finally:
            leader.thaw()
        await system.whole()
        await crowd.until(crowd.commands + 20)
    await system.fire.audit(crowd)
