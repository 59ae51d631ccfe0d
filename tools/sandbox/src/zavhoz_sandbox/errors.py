"""How the Bot API says no: an HTTP status equal to `error_code`, and a description that programs read."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """An answer with `ok` false (https://core.telegram.org/bots/api#making-requests)."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> dict[str, Any]:
        """The JSON that goes over the wire."""
        answer: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            answer["parameters"] = self.parameters
        return answer


def bad_request(description: str) -> ApiError:
    """The commonest of all."""
    return ApiError(400, f"Bad Request: {description}")


def too_many_requests(retry_after: int) -> ApiError:
    """Flood control."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)
