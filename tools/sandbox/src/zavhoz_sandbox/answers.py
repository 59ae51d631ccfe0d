"""How the Bot API answers: yes with a word, or no, with a status equal to `error_code` and what programs read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Told:
    """A result that comes with a description."""

    result: Any
    description: str


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


def body_of(result: Any) -> dict[str, Any]:
    """The JSON of a success."""
    if isinstance(result, Told):
        return {"ok": True, "result": result.result, "description": result.description}
    return {"ok": True, "result": result}


def bad_request(description: str) -> ApiError:
    """The commonest of all."""
    return ApiError(400, f"Bad Request: {description}")


def conflict(description: str) -> ApiError:
    """Two want the same updates."""
    return ApiError(409, f"Conflict: {description}")


def too_many_requests(retry_after: int) -> ApiError:
    """Flood control."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)
