"""Every test of the workspace may ask for a private PostgreSQL, RabbitMQ or Redis."""

import os

import pytest
import structlog
from hypothesis import settings

pytest_plugins = ["zavhoz_devstack.pytest_plugin"]

# The same examples each time, so that a build fails only for what was changed; `make test-all` looks for new ones.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=500, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@pytest.fixture(autouse=True)
def plain_tracebacks() -> None:
    """Structlog's own rendering of an exception, with every local variable, holds up an event loop for seconds."""
    rendering = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, structlog.stdlib.add_log_level, rendering])
