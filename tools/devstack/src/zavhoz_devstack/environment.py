"""What each service is told: its environment, with what it needs and nothing of the others."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from zavhoz_devstack.ports import LOOPBACK

SERVICES = ("requests", "notifier", "files", "gateway")
"""They start together: each waits by itself for what it needs."""
STOP_ORDER = ("gateway", "requests", "notifier", "files")
UPDATES = ("polling", "webhook")
"""How updates come from Telegram."""
STORAGES = ("folder", "s3")
"""Where files are kept."""
MIGRATING = ("requests", "notifier", "files")
"""Services with a database of their own."""

MANAGER_ID = 700_001
"""Telegram id of the first manager where nobody has named another."""
TECHNICIAN_ID = 700_003
"""Who does the repairs in the demo, once the manager has made them a technician."""
DEPUTY_ID = 700_013
"""Who manages the demo's school beside the first manager, in English."""
DEMO_MANAGERS = (MANAGER_ID, DEPUTY_ID)
"""Without them the demo's history could not have happened."""
UNHURRIED = {"FILING_LIMIT": "1000", "COMMENT_LIMIT": "1000", "OPEN_LIMIT": "10000"}
"""Settings under which one person may do in a minute what others do in a year: whoever plays a crowd."""

_OURS = frozenset(
    {
        *("POSTGRES_URL", "AMQP_URL", "AMQP_MANAGEMENT_URL", "REDIS_URL"),
        *("STORAGE_URL", "S3_ENDPOINT", "S3_REGION", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY", "S3_PATH_STYLE"),
        *("FILES_LINK_KEY", "FILES_PUBLIC_URL"),
        *("BOT_TOKEN", "TELEGRAM_API_URL", "ADMIN_USER_ID"),
        *("WEBHOOK_URL", "WEBHOOK_SECRET"),
        *("REQUESTS_API_URL", "API_TOKEN", "API_TOKENS"),
        *("HTTP_HOST", "HTTP_PORT", "LOG_FORMAT"),
    }
)


@dataclass(frozen=True)
class Addresses:
    """Where everything is, and the secrets between the services.

    `tokens` are by the name of who shows them, `ports` by the names of services and further gateways; `webhook` is what
    a gateway is told of it, nothing for polling; `telemetry` is where traces go; `storage` is what the files service is
    told of its store, `link_key` what it signs links with. `management` is what consumers are told of the broker's
    management API, nothing where there is none.
    """

    postgres_url: str
    amqp_url: str
    redis_url: str
    telegram_api_url: str | None
    bot_token: str
    storage: Mapping[str, str]
    link_key: str
    admins: str
    ports: Mapping[str, int]
    tokens: Mapping[str, str]
    webhook: Mapping[str, str] = field(default_factory=dict)
    telemetry: Mapping[str, str] = field(default_factory=dict)
    management: Mapping[str, str] = field(default_factory=dict)
    log_format: str = "console"

    def of(self, name: str) -> dict[str, str]:
        """The environment of one service: what the person at the keyboard has set, and ours on top of it."""
        service = kind_of(name)
        telegram = {"BOT_TOKEN": self.bot_token}
        if self.telegram_api_url is not None:
            telegram["TELEGRAM_API_URL"] = self.telegram_api_url
        amqp, redis = {"AMQP_URL": self.amqp_url}, {"REDIS_URL": self.redis_url}
        consuming = {**amqp, **self.management}
        postgres = {"POSTGRES_URL": self.postgres_url}
        reader = {
            "REQUESTS_API_URL": f"http://{LOOPBACK}:{self.ports['requests']}",
            "API_TOKEN": self.tokens.get(service, ""),
        }
        own: dict[str, dict[str, str]] = {
            "requests": {
                **consuming,
                **postgres,
                "API_TOKENS": self._tokens_but("requests"),
                "ADMIN_USER_ID": self.admins,
            },
            "gateway": {**amqp, **redis, **telegram, **reader, **self.webhook},
            "notifier": {**consuming, **postgres, **redis, **telegram, **reader},
            "files": {
                **consuming,
                **postgres,
                **telegram,
                **reader,
                **self.storage,
                "API_TOKENS": self._tokens_but("files"),
                "FILES_LINK_KEY": self.link_key,
                "FILES_PUBLIC_URL": f"http://{LOOPBACK}:{self.ports['files']}",
            },
        }
        common = {
            "HTTP_HOST": LOOPBACK,
            "HTTP_PORT": str(self.ports[name]),
            "LOG_FORMAT": self.log_format,
            "PYTHONUNBUFFERED": "1",
        }
        return dict(self.telemetry) | base_environment() | common | own[service]

    def _tokens_but(self, service: str) -> str:
        """Everybody's tokens but its own."""
        return ",".join(f"{name}:{token}" for name, token in self.tokens.items() if name != service)


def further_gateways(count: int) -> tuple[str, ...]:
    """The names of all gateways but the first, when there are `count`: gateway-2, gateway-3…"""
    return tuple(f"gateway-{number}" for number in range(2, count + 1))


def kind_of(name: str) -> str:
    """Of which service `name` is a replica: `gateway-2` is one of `gateway`."""
    return name.partition("-")[0]


def base_environment() -> dict[str, str]:
    """The environment we were started in, less every variable that a service reads as a setting."""
    return {name: value for name, value in os.environ.items() if name not in _OURS}
