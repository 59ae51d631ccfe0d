"""Every test of the workspace may ask for a private PostgreSQL, RabbitMQ or Redis."""

import pytest
import structlog

pytest_plugins = ["zavhoz_devstack.pytest_plugin"]


@pytest.fixture(autouse=True)
def plain_tracebacks() -> None:
    """Structlog's own rendering of an exception, with every local variable, holds up an event loop for seconds."""
    rendering = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, structlog.stdlib.add_log_level, rendering])
