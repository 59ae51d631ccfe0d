"""The three servers, started once for all trials; each test has a database and a virtual host of its own on them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from zavhoz_devstack.engine import contained
from zavhoz_devstack.servers.choice import make, make_broker
from zavhoz_devstack.servers.install import PACKAGES, ensure_installed
from zavhoz_devstack.state import temporary_folder

_GIVEN = ("POSTGRES_URL", "AMQP_URL", "REDIS_URL")


@contextlib.contextmanager
def addresses() -> Iterator[Mapping[str, str]]:
    """The variables that lead tests to the servers: those that the environment names, else private ones.

    Raises:
        zavhoz_devstack.errors.DevstackError: they cannot be had.
    """
    if all(os.environ.get(name) for name in _GIVEN):
        yield {}
        return
    names = frozenset(PACKAGES)
    in_containers = contained(names)
    if not in_containers:
        ensure_installed(wanted=names)
    with temporary_folder() as state, contextlib.ExitStack() as stack:
        broker = make_broker(state, contained=in_containers)
        postgresql, redis = (make(name, state, contained=in_containers) for name in ("PostgreSQL", "Redis"))
        for server in (broker, redis):
            stack.callback(server.kill)
        stack.callback(postgresql.stop)
        with ThreadPoolExecutor(3) as pool:
            for started in [pool.submit(server.start) for server in (broker, postgresql, redis)]:
                started.result()
        yield {
            "POSTGRES_URL": postgresql.url,
            "AMQP_URL": broker.url,
            "AMQP_MANAGEMENT_URL": broker.management_url,
            "REDIS_URL": redis.url,
        }
