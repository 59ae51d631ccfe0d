"""A private RabbitMQ cluster of three nodes behind one address, whose nodes and network can be made to fail.

Each node is a host of its own (`namespaces`), so that the network between them can be parted. Where that is not
allowed they share the loopback address, and a part of them can be parted from the clients only.

Clients get one address, as from a load balancer or a Kubernetes Service: a connection goes to the next node in turn
that answers an AMQP greeting.

`cluster_partition_handling` is `pause_minority`, as in production: nodes that do not see most of the others stop, and
so send their clients to those that do. Quorum queues and streams would be safe with any setting; what the setting
decides is whether a client of the smaller side waits there for nothing.
"""

import asyncio
import contextlib
import secrets
import signal
import subprocess  # nosec B404: type of a process only
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import cast
from urllib.parse import quote

from zavhoz_devstack.concurrency import in_thread, together
from zavhoz_devstack.errors import DevstackError
from zavhoz_devstack.faults.proxy import Address, Proxy
from zavhoz_devstack.ports import free_port
from zavhoz_devstack.servers import namespaces
from zavhoz_devstack.servers.rabbitmq import RabbitMQ, greets
from zavhoz_devstack.state import StateFolder, temporary_folder

NODES = ("rabbit1", "rabbit2", "rabbit3")
TICK_SECONDS = 8
"""How long a node may be silent before the others take it for gone (Erlang's `net_ticktime`, 60 by default), ±25 %."""


class Node(RabbitMQ):
    """One node of a cluster."""

    def __init__(self, state: StateFolder, name: str, shared: "Shared", network: namespaces.Network | None) -> None:
        self.name = name
        super().__init__(state)
        self._shared = shared
        self._password, self._cookie, self._epmd_port = shared.password, shared.cookie, shared.epmd_port
        self._network = network
        if network is not None:
            self.host = network.address(name)
            self.inside = network.inside(name)

    @property
    def node(self) -> str:
        """The node's name in the cluster."""
        return f"{self.name}-{self.state.run}@{'localhost' if self._network is None else self.host}"

    def settings(self) -> dict[str, object]:
        """Those of a single node, and how the nodes find each other and what they do when parted."""
        peers = {
            f"cluster_formation.classic_config.nodes.{number}": node
            for number, node in enumerate(self._shared.nodes, 1)
        }
        return super().settings() | {
            "cluster_formation.peer_discovery_backend": "classic_config",
            "cluster_partition_handling": "pause_minority",
            "cluster_name": "zavhoz",
            "collect_statistics_interval": 1000,
            **peers,
        }

    def erlang_arguments(self) -> str:
        """Those of a single node, and a short tick."""
        return f"{super().erlang_arguments()} -kernel net_ticktime {TICK_SECONDS}"

    def environment(self) -> Mapping[str, str]:
        """That of a single node; a host that is an address makes a long name."""
        return {**super().environment(), **({} if self._network is None else {"RABBITMQ_USE_LONGNAME": "true"})}

    def freeze(self) -> None:
        """SIGSTOP: its connections stay open, and nothing comes back on them."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._identity is None:
            raise AssertionError(f"{self.name} does not run")
        self._identity.send(number)

    def _start_epmd(self) -> None:
        if self._network is not None or self._shared.epmd is None:
            super()._start_epmd()
            if self._network is None:  # one for all, which stays when this node is killed
                self._shared.epmd, self._epmd = self._epmd, None


class Shared:
    """What the nodes of one cluster have in common."""

    def __init__(self) -> None:
        self.password = secrets.token_urlsafe(18)
        self.cookie = secrets.token_hex(16)
        self.epmd_port = free_port()
        self.epmd: subprocess.Popen[bytes] | None = None
        self.nodes: list[str] = []


class Cluster:
    """The nodes and the network between them; made by `clustered`. `say` is told why there can be no namespaces."""

    def __init__(self, state: StateFolder, say: Callable[[str], None] = print) -> None:
        reason = namespaces.problem()
        if reason is not None:
            say(f"The nodes of the cluster are parted from their clients only, not from each other: {reason}")
        self._network = None if reason is not None else namespaces.Network(state, NODES)
        shared = Shared()
        self.nodes = [Node(state, name, shared, self._network) for name in NODES]
        shared.nodes[:] = [node.node for node in self.nodes]
        self._away: set[str] = set()
        self.front = Proxy(*(node.url for node in self.nodes), probe=self._answers)

    @property
    def url(self) -> str:
        """`amqp://…/`: one address for all nodes."""
        return self.front.url(self.nodes[0].url)

    def open(self) -> None:
        """Make the network, if there is one."""
        if self._network is not None:
            self._network.open()

    async def start(self, *nodes: Node) -> None:
        """Start these nodes at once, and wait until they are ready."""
        await together(*(in_thread(node.start, node.kill) for node in nodes))

    async def kill(self, *nodes: Node) -> None:
        """SIGKILL these nodes at once."""
        await together(*(asyncio.to_thread(node.kill) for node in nodes))

    @property
    def partable(self) -> bool:
        """Whether nodes can be parted from each other, and not from the clients only."""
        return self._network is not None

    def queue(self, name: str, *, by: Sequence[Node] = ()) -> dict[str, object]:
        """What a node (of these, or any) says of a queue: its `leader`, `members` and `online` are names of nodes.

        Raises:
            DevstackError: none of them answers.
        """
        node = next((node for node in by or self.nodes if node.running and greets(node.port, node.host)), None)
        if node is None:
            raise DevstackError("no node of the cluster answers")
        return cast("dict[str, object]", node.management().call("GET", f"queues/%2F/{quote(name, safe='')}"))

    def leader(self, queue: str, *, by: Sequence[Node] = ()) -> Node:
        """The node that leads this quorum queue now, as others say.

        Raises:
            DevstackError: nobody leads it, or nobody answers.
        """
        name = self.queue(queue, by=by).get("leader")
        for node in self.nodes:
            if node.node == name:
                return node
        raise DevstackError(f"no node leads {queue}")

    def others(self, *nodes: Node) -> list[Node]:
        """All but these."""
        return [node for node in self.nodes if node not in nodes]

    def part(self, *nodes: Node, clients: bool = False) -> None:
        """Cut these nodes off from the others, and from the clients too if `clients`: every packet is lost."""
        if self._network is None:
            self._away.update(node.name for node in nodes)
            self.front.cut()
            return
        others = [node.name for node in self.others(*nodes)] + ([namespaces.MACHINE] if clients else [])
        for node in nodes:
            for other in others:
                self._network.cut(node.name, other)

    def heal(self) -> None:
        """Everybody reaches everybody again."""
        self._away.clear()
        if self._network is not None:
            self._network.heal()

    async def _answers(self, address: Address) -> bool:
        node = next(node for node in self.nodes if (node.host, node.port) == address)
        return node.name not in self._away and await asyncio.to_thread(greets, node.port, node.host)


@contextlib.asynccontextmanager
async def clustered(say: Callable[[str], None] = print) -> AsyncIterator[Cluster]:
    """Three nodes that are one cluster, and clients can connect; all of it is gone afterwards.

    Raises:
        StartFailed: a node did not come up; with its last log lines.
    """
    with temporary_folder() as state:
        cluster = Cluster(state, say)
        try:
            await asyncio.to_thread(cluster.open)
            await cluster.start(*cluster.nodes)
            async with cluster.front:
                yield cluster
        finally:
            await cluster.kill(*cluster.nodes)
