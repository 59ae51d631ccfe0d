"""The read API of the requests service, as far as the gateway asks it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from aiohttp import web
from tree_double import TreeDouble

from zavhoz_contracts.api.categories import Categories, Category
from zavhoz_contracts.api.managed import ChosenSetting, ManagedCategory, ManagedOrganisation
from zavhoz_contracts.api.people import (
    Assignee,
    AssigneePage,
    PersonLine,
    PersonPage,
    Profile,
    Staff,
    StaffMember,
)
from zavhoz_contracts.api.places import PAGE_SIZE, Place, PlaceKind, PlacePage, Places
from zavhoz_contracts.api.replies import Replies, Reply
from zavhoz_contracts.api.v1 import (
    Card,
    OwnComment,
    Person,
    PersonBrief,
    Problem,
    RequestIds,
    RequestLine,
    RequestPage,
    SimilarRequest,
    SimilarRequests,
    View,
)
from zavhoz_contracts.limits import BULK_MAX
from zavhoz_contracts.message import Priority, Role
from zavhoz_contracts.organisation.v1.settings import Setting
from zavhoz_contracts.requests.v1.lifecycle import Action, Status

_PAGING = ("as", "view", "q", "page", "size")
API_TOKEN = "token-of-the-gateway"
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class ReadApi:
    """The read API of the requests service, as far as the gateway asks it. A `status` but 200 is answered to all."""

    def __init__(self) -> None:
        self.people: dict[int, Person] = {}
        self.lines: dict[tuple[int, View], list[RequestLine]] = {}
        self.status = 200
        self.places: dict[str, Place] = {}
        self.recent: dict[int, list[str]] = {}
        self.categories: list[Category] = []
        self.asked: list[str] = []
        self.narrowed: list[dict[str, list[str]]] = []
        """What each list and search was narrowed to."""
        self.busy: list[Assignee] = []
        self.said: dict[UUID, tuple[int, UUID, str]] = {}
        """By command: who said it, about what, and the words."""
        self.profiles: dict[UUID, Profile] = {}
        """People as managers who are not limited see them."""
        self.replies: list[Reply] = []
        self.similar: list[SimilarRequest] = []
        self.tree = TreeDouble()
        self.duplicates: dict[UUID, list[SimilarRequest]] = {}
        """By request: what it may be the same as. Of a request that is not here nobody may see anything."""
        self.staff: list[StaffMember] = []
        self.cards: dict[tuple[UUID, int], Card] = {}
        """By request and Telegram id: who may see it, and how."""
        self.similar_may: asyncio.Event | None = None
        """When there is one, whoever asks for similar requests waits for it."""

    def know(self, telegram_id: int, *, language: str = "ru", active: bool = True, role: Role = Role.REQUESTER) -> None:
        self.people[telegram_id] = Person(
            person_id=uuid4(), telegram_id=telegram_id, name="Анна", role=role, language=language,
            active=active, reachable=True, registered_at=NOW,
        )  # fmt: skip

    def file(self, telegram_id: int, count: int, view: View = View.OPEN) -> list[UUID]:
        """Let somebody's list have `count` lines, newest first; returns the requests' ids."""
        status = Status.COMPLETED if view is View.CLOSED else Status.OPEN
        self.lines[telegram_id, view] = [
            RequestLine(
                request_id=uuid4(), number=number, title=f"Заявка <{number}>", status=status,
                priority=Priority.MEDIUM, created_at=NOW,
            )
            for number in range(count, 0, -1)
        ]  # fmt: skip
        return [line.request_id for line in self.lines[telegram_id, view]]

    def show(self, telegram_id: int, request_id: UUID, *actions: Action) -> None:
        """Let somebody see a request, and be allowed to do so much to it."""
        self.cards[request_id, telegram_id] = Card(
            request_id=request_id, number=12, version=3, status=Status.OPEN, priority=Priority.MEDIUM, title="Кран",
            description="", requester=PersonBrief(person_id=uuid4(), name="Анна"), timeline=(), allowed_actions=actions,
        )  # fmt: skip

    def grow(self, *places: tuple[str, str | None, str]) -> None:
        """Let there be these places: code, the code of what it is in, and name."""
        for code, parent, name in places:
            path = name if parent is None else f"{self.places[parent].path} › {name}"
            self.places[code] = Place(code=code, kind=PlaceKind.ROOM, name=name, path=path, parent=parent)
            if parent is not None:
                above = self.places[parent]
                self.places[parent] = above.model_copy(update={"children": above.children + 1})

    def employ(self, name: str, **given: Any) -> Profile:
        """Let managers see somebody."""
        role = given.pop("role", Role.TECHNICIAN)
        profile = Profile(
            person_id=uuid4(), name=name, role=role, active=True, reachable=True, seen_at=NOW, registered_at=NOW
        ).model_copy(update=given)
        self.profiles[profile.person_id] = profile
        return profile

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/v1/people", self._people)
        app.router.add_get("/v1/profiles/{id}", self._profile)
        app.router.add_get("/v1/people/{as}", self._person)
        app.router.add_get("/v1/requests", self._requests)
        app.router.add_get("/v1/requests/search", self._search)
        app.router.add_get("/v1/requests/assignees", self._assignees)
        app.router.add_get("/v1/requests/ids", self._ids)
        app.router.add_get("/v1/staff", self._all_staff)
        app.router.add_get("/v1/requests/by-number/{number}", self._by_number)
        app.router.add_get("/v1/comments/by-command/{command}", self._comment)
        app.router.add_get("/v1/requests/similar", self._similar)
        app.router.add_get("/v1/requests/{id}/card", self._card)
        app.router.add_get("/v1/requests/{id}/staff", self._staff)
        app.router.add_get("/v1/requests/{id}/duplicates", self._duplicates)
        app.router.add_get("/v1/categories", self._categories)
        app.router.add_get("/v1/categories/{id}", self._category)
        app.router.add_get("/v1/settings", self._settings)
        app.router.add_get("/v1/replies", self._replies)
        app.router.add_get("/v1/places", self._places)
        app.router.add_get("/v1/places/recent", self._recent)
        app.router.add_get("/v1/places/by-code/{code}", self._place)
        self.tree.add_to(app)
        return app

    async def _person(self, request: web.Request) -> web.Response:
        person = self._who(request, request.match_info["as"])
        return person if isinstance(person, web.Response) else _json(person)

    async def _people(self, request: web.Request) -> web.Response:
        """As the real one, but that all views are of everybody, and words are only looked for as they are."""
        if (denied := self._not_managing(request)) is not None:
            return denied
        number, size = int(request.query["page"]), int(request.query["size"])
        if number > 1_000_000:
            return _json(Problem(status=422, code="invalid"), 422)
        found = [one for one in self.profiles.values() if request.query["q"].lower() in one.name.lower()]
        pages = max(1, -(-len(found) // size))
        number = min(number, pages)
        items = tuple(
            PersonLine(
                person_id=one.person_id, name=one.name, username=one.username, role=one.role, active=one.active,
                reachable=one.reachable, areas=len(one.areas),
            )
            for one in found[(number - 1) * size : number * size]
        )  # fmt: skip
        return _json(PersonPage(items=items, page=number, pages=pages, total=len(found)))

    async def _profile(self, request: web.Request) -> web.Response:
        if (denied := self._not_managing(request)) is not None:
            return denied
        found = self.profiles.get(UUID(request.match_info["id"]))
        return _json(found) if found else _json(Problem(status=404, code="not_found"), 404)

    def _not_managing(self, request: web.Request) -> web.Response | None:
        person = self._who(request, request.query["as"])
        if isinstance(person, web.Response):
            return person
        if not person.active:
            return _json(Problem(status=403, code="deactivated"), 403)
        return None if person.role is Role.MANAGER else _json(Problem(status=403, code="forbidden"), 403)

    async def _requests(self, request: web.Request) -> web.Response:
        person = self._who(request, request.query["as"])
        if isinstance(person, web.Response):
            return person
        if not person.active:
            return _json(Problem(status=403, code="deactivated"), 403)
        view = View(request.query["view"])
        if view in (View.QUEUE, View.ARCHIVE) and person.role is Role.REQUESTER:
            return _json(Problem(status=403, code="forbidden"), 403)
        self.narrowed.append(_narrowed(request))
        lines = self.lines.get((person.telegram_id, view), [])
        number, size = int(request.query["page"]), int(request.query["size"])
        pages = max(1, -(-len(lines) // size))
        number = min(number, pages)
        items = tuple(lines[(number - 1) * size : number * size])
        many = view is View.QUEUE and person.role is Role.MANAGER
        return _json(RequestPage(items=items, page=number, pages=pages, total=len(lines), may_change_many=many))

    async def _ids(self, request: web.Request) -> web.Response:
        if (denied := self._not_managing(request)) is not None:
            return denied
        self.narrowed.append(_narrowed(request))
        lines = self.lines.get((int(request.query["as"].removeprefix("tg:")), View.QUEUE), [])
        return _json(RequestIds(ids=tuple(line.request_id for line in lines[:BULK_MAX]), total=len(lines)))

    async def _all_staff(self, request: web.Request) -> web.Response:
        return self._not_managing(request) or _json(Staff(tuple(self.staff)))

    async def _search(self, request: web.Request) -> web.Response:
        """As the real one, but that words are only looked for as they are, in the queue."""
        person = self._who(request, request.query["as"])
        if isinstance(person, web.Response):
            return person
        if person.role is Role.REQUESTER:
            return _json(Problem(status=403, code="forbidden"), 403)
        self.narrowed.append(_narrowed(request))
        queue = self.lines.get((person.telegram_id, View.QUEUE), [])
        lines = [line for line in queue if request.query["q"].lower() in line.title.lower()]
        number, size = int(request.query["page"]), int(request.query["size"])
        pages = max(1, -(-len(lines) // size))
        items = tuple(lines[(number - 1) * size : number * size])
        return _json(RequestPage(items=items, page=number, pages=pages, total=len(lines)))

    async def _assignees(self, request: web.Request) -> web.Response:
        person = self._who(request, request.query["as"])
        if isinstance(person, web.Response):
            return person
        if person.role is Role.REQUESTER:
            return _json(Problem(status=403, code="forbidden"), 403)
        return _json(AssigneePage(items=tuple(self.busy), page=1, pages=1, total=len(self.busy)))

    async def _replies(self, request: web.Request) -> web.Response:
        """To the staff; `managed`, to managers."""
        person = self._who(request, request.query["as"])
        if isinstance(person, web.Response):
            return person
        if person.role is Role.REQUESTER or (request.query["managed"] == "1" and person.role is not Role.MANAGER):
            return _json(Problem(status=403, code="forbidden"), 403)
        return _json(Replies(tuple(one for one in self.replies if one.language == request.query["language"])))

    async def _similar(self, request: web.Request) -> web.Response:
        person = self._who(request, request.query["as"])
        if self.similar_may is not None:
            await self.similar_may.wait()
        return person if isinstance(person, web.Response) else _json(SimilarRequests(tuple(self.similar)))

    async def _card(self, request: web.Request) -> web.Response:
        """As it was said for this person; of every other request the same, but for its id: #12."""
        person = self._who(request, request.query["as"])
        if isinstance(person, web.Response):
            return person
        if said := self.cards.get((UUID(request.match_info["id"]), person.telegram_id)):
            return _json(said)
        answer = self._about(request)
        card = Card(
            request_id=UUID(request.match_info["id"]), number=12, version=4, status=Status.IN_PROGRESS,
            priority=Priority.MEDIUM, title="Кран <капает>", description="",
            requester=PersonBrief(person_id=uuid4(), name="Анна"), timeline=(),
            assignee=None if not self.staff else PersonBrief(person_id=self.staff[0].person_id, name="Пётр"),
        )  # fmt: skip
        return answer or _json(card)

    async def _staff(self, request: web.Request) -> web.Response:
        return self._about(request) or _json(Staff(tuple(self.staff)))

    async def _duplicates(self, request: web.Request) -> web.Response:
        answer = self._about(request)
        return answer or _json(SimilarRequests(tuple(self.duplicates[UUID(request.match_info["id"])])))

    def _about(self, request: web.Request) -> web.Response | None:
        """Why nothing of a request may be seen."""
        person = self._who(request, request.query["as"])
        if isinstance(person, web.Response):
            return person
        there = UUID(request.match_info["id"]) in self.duplicates
        return None if there else _json(Problem(status=403, code="forbidden"), 403)

    async def _categories(self, request: web.Request) -> web.Response:
        person = self._who(request, request.query["as"])
        archived = request.query["archived"] == "1"
        if archived and isinstance(person, Person) and person.role is not Role.MANAGER:
            return _json(Problem(status=403, code="forbidden"), 403)
        found = tuple(one for one in self.categories if archived or not one.archived)
        return person if isinstance(person, web.Response) else _json(Categories(found))

    async def _category(self, request: web.Request) -> web.Response:
        if (denied := self._not_managing(request)) is not None:
            return denied
        found = [one for one in self.categories if str(one.category_id) == request.match_info["id"]]
        if not found:
            return _json(Problem(status=404, code="not_found"), 404)
        return _json(ManagedCategory(category=found[0]))

    async def _settings(self, request: web.Request) -> web.Response:
        if (denied := self._not_managing(request)) is not None:
            return denied
        days_off = (Setting.HOLIDAYS, Setting.WORKING_DAYS)
        settings = (ChosenSetting(setting=one, default="" if one in days_off else "60") for one in Setting)
        return _json(ManagedOrganisation(settings=tuple(settings)))

    async def _places(self, request: web.Request) -> web.Response:
        """As the real one, but that words are only looked for as they are."""
        self.asked.append(str(request.rel_url))
        if self.status != 200:
            return _json(Problem(status=self.status, code="away"), self.status)
        words, under = request.query["q"].lower(), request.query.get("under")
        if under is not None and under not in self.places:
            return _json(Problem(status=404, code="not_found"), 404)
        if words:
            found = [place for place in self.places.values() if words in place.path.lower()]
        else:
            found = [place for place in self.places.values() if place.parent == under]
        pages = max(1, -(-len(found) // PAGE_SIZE))
        number = min(int(request.query["page"]), pages)
        items = tuple(found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE])
        above = self.places[under] if under is not None and not words else None
        return _json(PlacePage(items=items, page=number, pages=pages, total=len(found), under=above))

    async def _recent(self, request: web.Request) -> web.Response:
        if self.status != 200:
            return _json(Problem(status=self.status, code="away"), self.status)
        codes = self.recent.get(int(request.query["as"].removeprefix("tg:")), [])
        return _json(Places(tuple(self.places[code] for code in codes)))

    async def _place(self, request: web.Request) -> web.Response:
        if self.status != 200:
            return _json(Problem(status=self.status, code="away"), self.status)
        place = self.places.get(request.match_info["code"])
        return _json(place) if place else _json(Problem(status=404, code="not_found"), 404)

    async def _comment(self, request: web.Request) -> web.Response:
        person = self._who(request, request.query["as"])
        if isinstance(person, web.Response):
            return person
        author, request_id, text = self.said.get(UUID(request.match_info["command"]), (0, uuid4(), ""))
        if author != person.telegram_id:
            return _json(Problem(status=404, code="not_found"), 404)
        return _json(OwnComment(request_id=request_id, number=1, text_id=uuid4(), text=text))

    async def _by_number(self, request: web.Request) -> web.Response:
        person = self._who(request, request.query["as"])
        if isinstance(person, web.Response):
            return person
        if not person.active:
            return _json(Problem(status=403, code="deactivated"), 403)
        theirs = [line for (id, _), lines in self.lines.items() if id == person.telegram_id for line in lines]
        found = [line for line in theirs if line.number == int(request.match_info["number"])]
        return _json(found[0]) if found else _json(Problem(status=403, code="forbidden"), 403)

    def _who(self, request: web.Request, as_: str) -> Person | web.Response:
        self.asked.append(str(request.rel_url))
        if request.headers["Authorization"] != f"Bearer {API_TOKEN}":
            return _json(Problem(status=401, code="unauthorized"), 401)
        if self.status != 200:
            return _json(Problem(status=self.status, code="forbidden"), self.status)
        person = self.people.get(int(as_.removeprefix("tg:")))
        return person or _json(Problem(status=404, code="not_found"), 404)


def _narrowed(request: web.Request) -> dict[str, list[str]]:
    """The filters that were asked for, by name."""
    return {name: request.query.getall(name) for name in request.query if name not in _PAGING}


def _json(model: Any, status: int = 200) -> web.Response:
    return web.Response(text=model.model_dump_json(), status=status, content_type="application/json")
