"""setWebhook, deleteWebhook, getWebhookInfo; `webhook` delivers.

The real thing takes https on ports 443, 80, 88 and 8443 only. Here http to an address of the loopback is taken, too.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from pydantic import Field

from zavhoz_sandbox.answers import Told, bad_request
from zavhoz_sandbox.arguments import Arguments, KindsArgument, NoArguments, checked
from zavhoz_sandbox.updates import BY_DEFAULT
from zavhoz_sandbox.world import Webhook, World

MAX_CONNECTIONS: Final = 40
_PORTS: Final = (443, 80, 88, 8443)
_LOOPBACK: Final = re.compile(r"localhost|127(\.\d+){3}|::1")
_CONNECT_SECONDS: Final = 5.0


class SetWebhook(Arguments):
    """The arguments of setWebhook."""

    url: str
    secret_token: str = ""
    max_connections: int = Field(default=MAX_CONNECTIONS, ge=1, le=100)
    allowed_updates: KindsArgument = None
    drop_pending_updates: bool | None = None


async def set_webhook(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#setwebhook"""
    arguments = checked(SetWebhook, given)
    if not arguments.url:
        return _delete(world, drop=arguments.drop_pending_updates)
    address = _address(arguments.url)
    if len(arguments.secret_token) > 256:
        raise bad_request("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", arguments.secret_token):
        raise bad_request("secret token contains unallowed characters")
    await _reach(address)
    world.updates.allow(arguments.allowed_updates)
    if arguments.drop_pending_updates:
        world.updates.clear()
    old, new = world.webhook, (arguments.url, arguments.secret_token, arguments.max_connections)
    if old is not None and (old.url, old.secret_token, old.max_connections) == new:
        return Told(True, "Webhook is already set")
    world.webhook = Webhook(*new)
    return Told(True, "Webhook was set")


def _address(url: str) -> SplitResult:
    try:
        address = urlsplit(url)
        port = address.port or 443
    except ValueError:
        raise bad_request("invalid webhook URL specified") from None
    if not address.hostname:
        raise bad_request("invalid webhook URL specified")
    if address.scheme == "https" and port in _PORTS:
        return address
    if address.scheme == "https":
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    if address.scheme == "http" and _LOOPBACK.fullmatch(address.hostname):
        return address
    raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")


async def _reach(address: SplitResult) -> None:
    """The real one, too, connects before it takes a webhook."""
    port = address.port or (443 if address.scheme == "https" else 80)
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(address.hostname, port)
    except TimeoutError:
        raise bad_request("bad webhook: Connection timed out") from None
    except OSError:
        raise bad_request("bad webhook: Connection refused") from None
    writer.close()


class DeleteWebhook(Arguments):
    """The arguments of deleteWebhook."""

    drop_pending_updates: bool | None = None


async def delete_webhook(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#deletewebhook"""
    return _delete(world, drop=checked(DeleteWebhook, given).drop_pending_updates)


def _delete(world: World, *, drop: bool | None) -> Told:
    if drop:
        world.updates.clear()
    was_set, world.webhook = world.webhook is not None, None
    return Told(True, "Webhook was deleted" if was_set else "Webhook is already deleted")


async def get_webhook_info(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#getwebhookinfo"""
    checked(NoArguments, given)
    webhook, allowed = world.webhook, world.updates.allowed
    info: dict[str, Any] = {
        "url": webhook.url if webhook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(world.updates.waiting()),
    }
    if webhook is not None:
        info["max_connections"] = webhook.max_connections
        if webhook.last_error_date:
            info |= {"last_error_date": webhook.last_error_date, "last_error_message": webhook.last_error}
    if allowed != BY_DEFAULT:
        info["allowed_updates"] = sorted(allowed)
    return info
