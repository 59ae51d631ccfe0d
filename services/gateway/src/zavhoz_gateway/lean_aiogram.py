"""aiogram, imported without building what nobody uses.

Its 300 types are pydantic models that refer to one another. They are declared with `defer_build`, so that each would
be built when it is first used; yet the import ends with a loop that builds them all, every one with copies of those
that it refers to: 3 s and 100 MB, and a bot uses one type, `Update`. Here that loop only tells the names which
annotations use; types are built when they are first used, as declared.

https://docs.pydantic.dev/latest/api/config/#pydantic.config.ConfigDict.defer_build
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any, Final

import structlog
from pydantic import BaseModel
from pydantic.errors import PydanticUserError

_PACKAGE: Final = "aiogram.types."
_log = structlog.get_logger("zavhoz.gateway")


def import_aiogram() -> None:
    """Import aiogram, and build `Update`; does nothing when it has been imported already.

    An aiogram that is built otherwise, so that this does not work, is imported the ordinary way, with a warning.
    """
    if "aiogram" in sys.modules:
        return
    rebuild: Callable[..., bool | None] = BaseModel.model_rebuild.__func__  # type: ignore[attr-defined]
    postponed: dict[type[BaseModel], dict[str, Any]] = {}
    names: dict[str, Any] = {}

    def postpone(model: type[BaseModel], /, **given: Any) -> bool | None:
        if not model.__module__.startswith(_PACKAGE) or not given.get("_types_namespace"):
            return rebuild(model, **given)
        postponed[model] = given
        names.update(given["_types_namespace"])
        return None

    def with_names(model: type[BaseModel], /, **given: Any) -> bool | None:
        return rebuild(model, **{"_types_namespace": names} | given)

    BaseModel.model_rebuild = classmethod(postpone)  # type: ignore[assignment, method-assign]
    try:
        importlib.import_module("aiogram")
    finally:
        BaseModel.model_rebuild = classmethod(rebuild)  # type: ignore[assignment, method-assign]
    for base in _bases():
        base.model_rebuild = classmethod(with_names)  # type: ignore[assignment, method-assign]
    try:
        _build_update()
    except (PydanticUserError, NameError) as error:
        _log.warning("aiogram's types are built all at once", error=f"{type(error).__name__}: {error}")
        for model, given in postponed.items():
            rebuild(model, **given)


def _bases() -> tuple[type[BaseModel], ...]:
    from aiogram.methods import TelegramMethod
    from aiogram.types import TelegramObject

    return TelegramObject, TelegramMethod


def _build_update() -> None:
    """Build the one type that is needed, at the start rather than with the first update."""
    from aiogram.types import Update

    if Update.model_rebuild() is False or not Update.__pydantic_complete__:
        raise NameError("Update cannot be built")
