"""FastAPI, for services with an API of their own; nobody else imports it."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, FastAPI, Header
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from pydantic import SecretStr
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Router
from starlette.types import ExceptionHandler

from zavhoz_chassis.problems import problem

_NO_SPANS_OF_ITS_OWN: Final[TelemetryConfig] = {"tracing": False, "metrics": False, "logs": False}
"""FastAPI's hold the path, in which there may be a Telegram id, and are five to a request."""


def make_api(
    name: str,
    routes: Sequence[BaseRoute],
    routers: Sequence[Router],
    middleware: Sequence[Middleware],
    handlers: Mapping[type[Exception], ExceptionHandler],
) -> FastAPI:
    """An app with these plain routes and FastAPI routers, whose description is at `/openapi.json`."""
    given: dict[Any, Any] = {**handlers, RequestValidationError: _invalid}
    api = FastAPI(
        title=f"Zavhoz {name}",
        docs_url=None,
        redoc_url=None,
        telemetry=_NO_SPANS_OF_ITS_OWN,
        middleware=middleware,
        exception_handlers=given,
    )
    api.router.routes.extend(routes)
    for router in routers:
        if not isinstance(router, APIRouter):
            raise TypeError(f"{type(router).__name__} is no router of FastAPI's")
        api.include_router(router)
    return api


async def _invalid(_: Request, error: RequestValidationError) -> Response:
    told = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
    return problem(422, "invalid", told)


def bearer(tokens: Mapping[str, SecretStr]) -> Callable[..., Awaitable[None]]:
    """A dependency for FastAPI that answers 401 to whoever shows none of these tokens (RFC 6750)."""
    known = [token.get_secret_value().encode() for token in tokens.values()]

    async def authorized(authorization: Annotated[str, Header()] = "") -> None:
        scheme, _, token = authorization.partition(" ")
        given = token.encode() if scheme.lower() == "bearer" else b""
        # All are compared, each in constant time: the time tells nothing about any of them.
        if not sum(secrets.compare_digest(given, token) for token in known):
            raise HTTPException(401, "a bearer token from API_TOKENS is needed", {"WWW-Authenticate": "Bearer"})

    return authorized
