"""Fixtures of the gateway's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from gateway_support import System, system


@pytest.fixture
async def around(amqp_vhost_url: str, redis_url: str) -> AsyncIterator[System]:
    """Everything but the gateway: RabbitMQ, Redis, the stand-in for Telegram, and a read API."""
    async with system(amqp_vhost_url, redis_url) as running:
        yield running


@pytest.fixture
async def gate(around: System) -> AsyncIterator[System]:
    """Everything with the gateway running in this process."""
    async with around.gateway():
        yield around
