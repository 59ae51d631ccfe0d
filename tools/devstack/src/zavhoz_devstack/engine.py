"""The Docker engine of this machine, where one answers, and the servers' images in it.

ZAVHOZ_SERVERS says where PostgreSQL, RabbitMQ and Redis come from: `containers`, `native` (what is installed), or, when
it is not set, containers where an engine answers and has the images or can pull them.

The library is imported only when there is something to talk to: it takes most of a second.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from zavhoz_devstack.errors import DevstackError

if TYPE_CHECKING:
    import docker

IMAGES = {
    "PostgreSQL": ("POSTGRES_IMAGE", "postgres:17"),
    "RabbitMQ": ("RABBITMQ_IMAGE", "rabbitmq:4-management"),
    "Redis": ("REDIS_IMAGE", "redis:8"),
}
"""Server: the variable that names another image, and the image without it."""
_ENGINE_SECONDS = 10
_SOCKET = Path("/var/run/docker.sock")
_CONTEXTS = Path("~/.docker/config.json")


def image(server: str) -> str:
    """The image of "PostgreSQL", "RabbitMQ" or "Redis"."""
    variable, default = IMAGES[server]
    return os.environ.get(variable) or default


def client() -> docker.DockerClient:
    """A client of the engine that `docker` on the command line would talk to (DOCKER_HOST, or the current context)."""
    from testcontainers.core.docker_client import DockerClient

    return DockerClient(timeout=_ENGINE_SECONDS).client


@functools.cache
def problem() -> str | None:
    """Why containers cannot be used, as a sentence; None when an engine of this machine answers. Asked only once."""
    host = os.environ.get("DOCKER_HOST", "")
    if not host and not _SOCKET.exists() and not _CONTEXTS.expanduser().exists():
        return "no Docker engine answers: there is no /var/run/docker.sock, and DOCKER_HOST is not set"
    from docker.errors import DockerException

    try:
        engine = client()
        try:
            engine.ping()
            where = engine.api.base_url
        finally:
            engine.close()
    except (DockerException, OSError, ValueError) as error:
        return f"no Docker engine answers: {error}"
    if not str(where).startswith(("http+docker://", "http://localhost", "http+unix://")):
        return f"the Docker engine at {host} is on another machine"
    return None


def missing(images: Iterable[str], say: Callable[[str], None]) -> str | None:
    """Pull those of the images that are not there; why that cannot be done, as a sentence, or None."""
    from docker.errors import DockerException, ImageNotFound

    engine = client()
    try:
        for name in images:
            try:
                engine.images.get(name)
            except ImageNotFound:
                say(f"Pulling the image {name}.")
                engine.images.pull(name)
    except (DockerException, OSError) as error:
        return f"the image {name} is not there and cannot be pulled: {error}"
    finally:
        engine.close()
    return None


def contained(servers: frozenset[str], say: Callable[[str], None] = print) -> bool:
    """Whether these servers run in containers here; says so where an engine answers and yet they do not.

    Raises:
        DevstackError: ZAVHOZ_SERVERS wants containers and they cannot be had, or is neither of its values.
    """
    wanted = os.environ.get("ZAVHOZ_SERVERS", "")
    if wanted not in ("", "native", "containers"):
        raise DevstackError(f"ZAVHOZ_SERVERS is {wanted!r}: it may be native or containers")
    if wanted == "native" or not servers:
        return False
    reason = problem()
    if reason is None:
        reason = missing(map(image, sorted(servers)), say)
        if reason is not None and not wanted:
            say(f"A Docker engine answers, but {reason}. Installed servers are used instead.")
    if reason is not None and wanted:
        raise DevstackError(f"ZAVHOZ_SERVERS wants containers, but {reason}")
    return reason is None


def exists(name: str) -> bool:
    """Whether there is a container of this name, running or not."""
    engine = client()
    try:
        return bool(engine.containers.list(all=True, filters={"name": f"^/{name}$"}))
    finally:
        engine.close()


def remove(name: str) -> bool:
    """Remove a container and its data; False when there is none of this name, or nobody to ask (said on stderr)."""
    from docker.errors import APIError, DockerException, NotFound

    try:
        engine = client()
        try:
            engine.containers.get(name).remove(force=True, v=True)
        finally:
            engine.close()
    except NotFound:
        return False
    except APIError as error:
        if error.status_code == HTTPStatus.CONFLICT:  # somebody else is removing it
            return True
        print(f"the container {name} cannot be removed: {error}", file=sys.stderr)
        return False
    except (DockerException, OSError) as error:
        print(f"the container {name} cannot be removed: {error}", file=sys.stderr)
        return False
    return True
