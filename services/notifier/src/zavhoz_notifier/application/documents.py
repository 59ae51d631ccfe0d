"""Which file a delivery is to bring: somebody's data, or one about places."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import IO

from zavhoz_notifier.application.exporting import Exporting
from zavhoz_notifier.application.place_files import SHEET, TABLE, PlaceFiles
from zavhoz_notifier.domain.delivery import Delivery


class Documents:
    """Makes files when they are sent."""

    def __init__(self, own: Exporting, places: PlaceFiles) -> None:
        self._own = own
        self._places = places

    def file(self, delivery: Delivery) -> AbstractAsyncContextManager[tuple[str, IO[bytes]]]:
        """The file's name, and the file, at its beginning; it is gone afterwards. Raises as whoever makes it.

        Raises:
            LookupError: it is nobody's.
        """
        if delivery.person_id is None:
            raise LookupError("a document without a person")
        form = delivery.content["form"]
        if form in (TABLE, SHEET):
            return self._places.file(delivery)
        return self._own.file(delivery.person_id, form, delivery.language)
