"""Private servers for tests, started when the first test asks for one and stopped with the session.

They are containers where a Docker engine answers and has their images or can pull them, else installed programs;
ZAVHOZ_SERVERS=containers or =native forces one of the two (see `engine`). The tests are the same.

Addresses in the environment (`POSTGRES_URL`, `AMQP_URL`, `REDIS_URL`) are used instead; for counting queues of a given
broker `AMQP_MANAGEMENT_URL` names its management API (default: port 15672 of the same host).

A test that needs a server which cannot be had is skipped with the reason; with CI=true or ZAVHOZ_REQUIRE_SERVERS set it
fails, so that a green run proves that it ran.
"""

import os
import secrets
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit, urlunsplit

import pytest

from zavhoz_devstack.databases import execute
from zavhoz_devstack.devstack import Devstack
from zavhoz_devstack.engine import contained, problem
from zavhoz_devstack.environment import MANAGER_ID, MIGRATING
from zavhoz_devstack.errors import DevstackError, ServersMissing
from zavhoz_devstack.servers.choice import Broker, make, make_broker
from zavhoz_devstack.servers.install import PACKAGES, ensure_installed
from zavhoz_devstack.servers.rabbitmq import Management
from zavhoz_devstack.servers.seaweedfs import SeaweedFS
from zavhoz_devstack.servers.server import Server
from zavhoz_devstack.state import StateFolder, temporary_folder


def _contained(*servers: str) -> bool:
    """Whether these servers will be containers; skips or fails the test when they cannot be had."""
    try:
        if contained(frozenset(servers)):
            return True
    except DevstackError as error:
        pytest.fail(str(error), pytrace=False)
    _need_installed(*servers)
    return False


def _need_installed(*servers: str) -> None:
    try:
        ensure_installed(wanted=frozenset(servers))
    except ServersMissing as error:
        if os.environ.get("CI") == "true" or os.environ.get("ZAVHOZ_REQUIRE_SERVERS"):
            pytest.fail(str(error), pytrace=False)
        pytest.skip(str(error))


def pytest_report_header() -> str:
    """Where the servers come from, and why."""
    if os.environ.get("ZAVHOZ_SERVERS"):
        return f"servers: {os.environ['ZAVHOZ_SERVERS']}, as ZAVHOZ_SERVERS says"
    reason = problem()
    return "servers: containers, if their images can be had" if reason is None else f"servers: installed ones, {reason}"


@pytest.fixture
def startable_servers() -> None:
    """All three servers can be started, for a test that has something start them."""
    _contained(*PACKAGES)


@pytest.fixture
def installed_servers() -> None:
    """All three servers are installed, for a test of how those are started."""
    if os.environ.get("ZAVHOZ_SERVERS") == "containers":
        pytest.skip("this is about installed servers, and ZAVHOZ_SERVERS wants containers")
    _need_installed(*PACKAGES)


@pytest.fixture(scope="session")
def installed_rabbitmq() -> None:
    """RabbitMQ is installed, for a test of a cluster, whose nodes are never containers."""
    _need_installed("RabbitMQ")


@pytest.fixture
def docker_engine() -> None:
    """A Docker engine answers, for a test that needs one whatever else is installed."""
    reason = "ZAVHOZ_SERVERS=native" if os.environ.get("ZAVHOZ_SERVERS") == "native" else problem()
    if reason is None:
        return
    if os.environ.get("ZAVHOZ_SERVERS") == "containers":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def server_folder() -> Iterator[StateFolder]:
    """The temporary folder in which this session's private servers live."""
    with temporary_folder() as state:
        yield state


@pytest.fixture(scope="session")
def postgresql_server(server_folder: StateFolder) -> Iterator[Server]:
    """The session's private PostgreSQL, to be killed, stopped and started again at will."""
    server = make("PostgreSQL", server_folder, contained=_contained("PostgreSQL"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def rabbitmq_server(server_folder: StateFolder) -> Iterator[Broker]:
    """The session's private RabbitMQ; a test that kills one uses `own_rabbitmq`."""
    server = make_broker(server_folder, contained=_contained("RabbitMQ"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def own_rabbitmq() -> Iterator[Broker]:
    """A RabbitMQ of the test's own, not started yet, to be killed and started again at will."""
    with temporary_folder() as state:
        server = make_broker(state, contained=_contained("RabbitMQ"))
        yield server
        server.kill()


@pytest.fixture(scope="session")
def redis_server(server_folder: StateFolder) -> Iterator[Server]:
    """The session's private Redis, to be killed, stopped and started again at will."""
    server = make("Redis", server_folder, contained=_contained("Redis"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def s3_server(server_folder: StateFolder) -> Iterator[SeaweedFS]:
    """The session's private S3 server, from the package index; tests share its bucket and use prefixes of their own."""
    server = SeaweedFS(server_folder)
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def postgres_url(request: pytest.FixtureRequest) -> str:
    """Address of a PostgreSQL server whose user may make databases: `postgresql://user:pw@host:port/postgres`."""
    given = os.environ.get("POSTGRES_URL")
    if given:
        return given
    server: Server = request.getfixturevalue("postgresql_server")
    return server.url


@pytest.fixture(scope="session")
def amqp_url(request: pytest.FixtureRequest) -> str:
    """Address of a RabbitMQ, its default virtual host; most tests want `amqp_vhost_url`."""
    given = os.environ.get("AMQP_URL")
    if given:
        return given
    server: Broker = request.getfixturevalue("rabbitmq_server")
    return server.url


@pytest.fixture(scope="session")
def redis_url(request: pytest.FixtureRequest) -> str:
    """Address of a Redis; tests share it, so they use keys of their own."""
    given = os.environ.get("REDIS_URL")
    if given:
        return given
    server: Server = request.getfixturevalue("redis_server")
    return server.url


@pytest.fixture(scope="session")
def amqp_management(request: pytest.FixtureRequest) -> Management:
    """The broker's management API: makes virtual hosts, and counts what is in queues."""
    given = os.environ.get("AMQP_URL")
    if given:
        parts = urlsplit(given)
        user = parts.netloc.rpartition("@")[0]
        host = f"{parts.hostname}:15672"
        return Management(os.environ.get("AMQP_MANAGEMENT_URL") or f"http://{user}@{host}")
    server: Broker = request.getfixturevalue("rabbitmq_server")
    return server.management()


@pytest.fixture
def database_url(postgres_url: str) -> Iterator[str]:
    """Address of a fresh, empty database, dropped afterwards with whoever is still connected."""
    name = f"test_{secrets.token_hex(6)}"
    execute(postgres_url, f'CREATE DATABASE "{name}"')
    yield urlunsplit(urlsplit(postgres_url)._replace(path=f"/{name}"))
    execute(postgres_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture
def amqp_vhost_url(amqp_url: str, amqp_management: Management) -> Iterator[str]:
    """Address of a fresh virtual host: no other test's queues; deleted afterwards with all that is in it."""
    name = f"test-{secrets.token_hex(6)}"
    try:
        amqp_management.make_vhost(name)
    except DevstackError as error:
        pytest.fail(f"{error}\nSet AMQP_MANAGEMENT_URL to the management API of AMQP_URL.", pytrace=False)
    yield urlunsplit(urlsplit(amqp_url)._replace(path=f"/{name}"))
    amqp_management.drop_vhost(name)


@pytest.fixture
async def stack(
    request: pytest.FixtureRequest,
    postgresql_server: Server,
    amqp_vhost_url: str,
    amqp_management: Management,
    redis_url: str,
) -> AsyncIterator[Devstack]:
    """The whole system with the stand-in for Telegram, started afresh for one test on the session's servers.

    Virtual host and databases are new, and so is the bot's id, by which everything in Redis is named. MANAGER_ID is the
    first manager. Parametrized indirectly, it is given further arguments of `Devstack`. Takes some seconds.
    """
    # Only a private server's databases are thrown away, never those of an address from the environment.
    for service in MIGRATING:
        execute(postgresql_server.url, f"DROP DATABASE IF EXISTS zavhoz_{service} WITH (FORCE)")
    given = {
        "POSTGRES_URL": postgresql_server.url,
        "AMQP_URL": amqp_vhost_url,
        "AMQP_MANAGEMENT_URL": amqp_management.url,
        "REDIS_URL": redis_url,
    }
    async with Devstack(given=given, admins=[MANAGER_ID], **getattr(request, "param", {})) as running:
        yield running
