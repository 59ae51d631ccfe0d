"""What each service is told: its environment, with what it needs and nothing of the others."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from zavhoz_devstack.ports import LOOPBACK

SERVICES = ("requests", "notifier", "files", "gateway")
"""They start together: each waits by itself for what it needs."""
STOP_ORDER = ("gateway", "requests", "notifier", "files")
MIGRATING = ("requests", "notifier", "files")
"""Services with a database of their own."""

MANAGER_ID = 700_001
"""Telegram id of the first manager where nobody has named another."""

_OURS = frozenset(
    {
        *("POSTGRES_URL", "AMQP_URL", "REDIS_URL", "STORAGE_URL"),
        *("BOT_TOKEN", "TELEGRAM_API_URL", "ADMIN_USER_ID"),
        *("REQUESTS_API_URL", "API_TOKEN", "API_TOKENS"),
        *("HTTP_HOST", "HTTP_PORT", "LOG_FORMAT"),
    }
)


@dataclass(frozen=True)
class Addresses:
    """Where everything is, and the secrets between the services (`tokens`: by the name of who shows it to requests)."""

    postgres_url: str
    amqp_url: str
    redis_url: str
    telegram_api_url: str | None
    bot_token: str
    storage: Path
    admins: str
    ports: Mapping[str, int]
    tokens: Mapping[str, str]
    log_format: str = "console"

    def of(self, service: str) -> dict[str, str]:
        """The environment of one service: what the person at the keyboard has set, and ours on top of it."""
        telegram = {"BOT_TOKEN": self.bot_token}
        if self.telegram_api_url is not None:
            telegram["TELEGRAM_API_URL"] = self.telegram_api_url
        amqp, redis = {"AMQP_URL": self.amqp_url}, {"REDIS_URL": self.redis_url}
        postgres = {"POSTGRES_URL": self.postgres_url}
        reader = {
            "REQUESTS_API_URL": f"http://{LOOPBACK}:{self.ports['requests']}",
            "API_TOKEN": self.tokens.get(service, ""),
        }
        own: dict[str, dict[str, str]] = {
            "requests": {
                **amqp,
                **postgres,
                "API_TOKENS": ",".join(f"{name}:{token}" for name, token in self.tokens.items()),
                "ADMIN_USER_ID": self.admins,
            },
            "gateway": {**amqp, **redis, **telegram, **reader},
            "notifier": {**amqp, **postgres, **redis, **telegram, **reader},
            "files": {**amqp, **postgres, **telegram, "STORAGE_URL": self.storage.as_uri()},
        }
        common = {
            "HTTP_HOST": LOOPBACK,
            "HTTP_PORT": str(self.ports[service]),
            "LOG_FORMAT": self.log_format,
            "PYTHONUNBUFFERED": "1",
        }
        return base_environment() | common | own[service]


def base_environment() -> dict[str, str]:
    """The environment we were started in, less every variable that a service reads as a setting."""
    return {name: value for name, value in os.environ.items() if name not in _OURS}
