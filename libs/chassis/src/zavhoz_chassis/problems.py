"""Errors over HTTP: problems (RFC 9457) with the correlation id."""

from __future__ import annotations

import structlog
from starlette.responses import JSONResponse


def problem(status: int, code: str, detail: str, headers: object = None) -> JSONResponse:
    """An answer that says what is wrong: for a program by `code`, for a person by `detail`."""
    correlation_id = structlog.contextvars.get_contextvars().get("correlation_id")
    return JSONResponse(
        {"status": status, "code": code, "detail": detail, "correlation_id": correlation_id},
        status_code=status,
        headers=dict(headers) if isinstance(headers, dict) else None,
        media_type="application/problem+json",
    )
