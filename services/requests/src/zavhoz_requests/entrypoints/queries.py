"""What questions to the read API have in common: on whose behalf they are asked, and which page."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path, Query

ID: Final = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_AS: Final = f"^(tg:-?[0-9]{{1,19}}|{ID})$"
_WHO: Final = "person id, or tg:<Telegram id>"
GROUP: Final = "group:-[0-9]{1,18}"
_OR_GROUP: Final = f"^(tg:-?[0-9]{{1,19}}|{ID}|{GROUP})$"
As = Annotated[str, Query(alias="as", pattern=_AS, description=_WHO)]
AsOrGroup = Annotated[str, Query(alias="as", pattern=_OR_GROUP, description=f"{_WHO}, or group:<chat id>")]
AsInPath = Annotated[str, Path(alias="as", pattern=_AS, description=_WHO)]
Page = Annotated[int, Query(ge=1, le=1_000_000)]
Size = Annotated[int, Query(ge=1, le=50)]
