"""The one question that we have for RabbitMQ's management API: which consumers the broker sees.

Source: https://www.rabbitmq.com/docs/http-api-reference#get-apiconsumersvhost
"""

from __future__ import annotations

import asyncio
import http.client
import json
from base64 import b64encode
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

from zavhoz_contracts.errors import Outage

_SECONDS: Final = 3.0
_OK: Final = 200


class ManagementUnavailable(Outage):
    """It does not answer, or not with what was asked for."""

    def __init__(self, message: str) -> None:
        super().__init__(message, dependency="rabbitmq management")


class Management:
    """The management API at `url` (http or https, with user and password), about the virtual host of `amqp_url`."""

    def __init__(self, url: str, amqp_url: str) -> None:
        parts = urlsplit(url)
        user, password = unquote(parts.username or "guest"), unquote(parts.password or "guest")
        self._headers = {"Authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"}
        secure = parts.scheme == "https"
        self._connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        self._host, self._port = parts.hostname or "localhost", parts.port or (15671 if secure else 15672)
        virtual_host = quote(unquote(urlsplit(amqp_url).path[1:]) or "/", safe="")
        self._path = f"{parts.path.rstrip('/')}/api/consumers/{virtual_host}?columns=queue.name,consumer_tag"

    async def consumers(self) -> frozenset[tuple[str, str]]:
        """Every consumer that the broker sees: the queue's name, and the consumer's tag. Takes 3 s at most.

        Raises:
            ManagementUnavailable: no answer, or another one.
        """
        try:
            found = await asyncio.to_thread(self._get)
            return frozenset((one["queue"]["name"], one["consumer_tag"]) for one in found)
        except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError) as error:
            what = f"{type(error).__name__}: {error}"[:200]
            raise ManagementUnavailable(f"management API at {self._host}:{self._port}: {what}") from error

    def _get(self) -> Any:
        connection = self._connect(self._host, self._port, timeout=_SECONDS)
        try:
            connection.request("GET", self._path, headers=self._headers)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status != _OK:
            raise ValueError(f"{answer.status} {answer.reason}")
        return json.loads(body)
