"""Fixtures of messaging's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from zavhoz_messaging.publisher import Publisher, publishing


@pytest.fixture
async def publisher(amqp_vhost_url: str) -> AsyncIterator[Publisher]:
    async with publishing(amqp_vhost_url, "test.publisher") as publisher:
        yield publisher
