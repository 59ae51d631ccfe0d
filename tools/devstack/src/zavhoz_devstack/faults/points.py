"""Which failpoints each service comes to, when people work."""

from zavhoz_devstack.environment import kind_of
from zavhoz_messaging.failpoints import Point

_CONSUMING = (Point.TAKEN, Point.HANDLED, Point.ACKNOWLEDGED)
_RELAYING = (Point.FETCHED, Point.PUBLISHING, Point.CONFIRMED, Point.PUBLISHED, Point.MARKED)
_REACHED_BY: dict[str, tuple[Point, ...]] = {
    "gateway": (Point.UPDATE, Point.PUBLISHING, Point.CONFIRMED, Point.UPDATE_DONE, Point.UPDATE_MARKED),
    "requests": (*_CONSUMING, Point.DECIDED, Point.COMMITTED, *_RELAYING),
    "notifier": (*_CONSUMING, Point.PLANNED, Point.PLAN_KEPT, Point.ATTEMPTED, Point.SAID, Point.RECORDED),
    "files": (*_CONSUMING, Point.DOWNLOADED, Point.STORING, Point.STORED, Point.SETTLED, *_RELAYING),
}


def reached_by(service: str) -> tuple[Point, ...]:
    """The failpoints that this service, or this replica of one, comes to."""
    return _REACHED_BY[kind_of(service)]
