"""Categories and the settings of the organisation as those see them who may change them."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from zavhoz_contracts.api import managed as v1
from zavhoz_contracts.categories.v1.commands import CategoryField
from zavhoz_contracts.categories.v1.events import CategoryChanged
from zavhoz_contracts.organisation.v1.events import SettingChanged
from zavhoz_requests.application.categorising import category_view
from zavhoz_requests.application.messages import ORGANISATION_ID
from zavhoz_requests.application.organisation import Organisation
from zavhoz_requests.application.reading import Denied, brief
from zavhoz_requests.domain.permissions import Right, has
from zavhoz_requests.domain.state import Person
from zavhoz_requests.store import Connection, categories, history, people
from zavhoz_requests.store import organisation as settings_store


async def category(connection: Connection, person: Person, category_id: UUID) -> v1.ManagedCategory:
    """One category, archived or not.

    Raises:
        Denied: `forbidden`, or `not_found`.
    """
    if not has(person, Right.MANAGE_CATEGORIES):
        raise Denied("forbidden")
    found = (await categories.many(connection, [category_id])).get(category_id)
    if found is None:
        raise Denied("not_found")
    rows = await history.last(connection, "category", category_id, v1.HISTORY_MOST)
    changes = [CategoryChanged.model_validate(row.data) for row in rows]
    named = {id for one in changes for id in (_person(one, one.value), _person(one, one.previous))}
    concerned = {found.assignee_id, *named, *(one.actor_id for one in changes)}
    known = await people.many(connection, {id for id in concerned if id is not None})
    return v1.ManagedCategory(
        category=category_view(found),
        assignee=brief(found.assignee_id, known) if found.assignee_id else None,
        history=tuple(
            v1.CategoryChange(
                field=one.field,
                language=one.language,
                value=_named(one, one.value, known),
                previous=_named(one, one.previous, known),
                at=one.occurred_at,
                by=brief(one.actor_id, known),
            )
            for one in changes
        ),
    )


async def settings(connection: Connection, person: Person, organisation: Organisation) -> v1.ManagedOrganisation:
    """Every setting.

    Raises:
        Denied: `forbidden`.
    """
    if not has(person, Right.MANAGE_SETTINGS):
        raise Denied("forbidden")
    chosen = await settings_store.every(connection)
    rows = await history.last(connection, "organisation", ORGANISATION_ID, v1.HISTORY_MOST)
    changes = [SettingChanged.model_validate(row.data) for row in rows]
    concerned = {row.changed_by for row in chosen.values() if row.changed_by} | {one.actor_id for one in changes}
    known = await people.many(connection, concerned)
    views = []
    for setting, default in organisation.defaults.items():
        row = chosen.get(setting.value)
        views.append(
            v1.ChosenSetting(
                setting=setting,
                value=None if row is None else row.value,
                default=default,
                changed_at=None if row is None else row.changed_at,
                changed_by=None if row is None or row.changed_by is None else brief(row.changed_by, known),
            )
        )
    return v1.ManagedOrganisation(
        settings=tuple(views),
        unfinished=await settings_store.unfinished(connection),
        history=tuple(
            v1.SettingChange(
                setting=one.setting,
                value=one.value,
                previous=one.previous,
                at=one.occurred_at,
                by=brief(one.actor_id, known),
            )
            for one in changes
        ),
    )


def _person(change: CategoryChanged, value: str | None) -> UUID | None:
    return UUID(value) if change.field is CategoryField.ASSIGNEE and value is not None else None


def _named(change: CategoryChanged, value: str | None, known: Mapping[UUID, Person]) -> str | None:
    id = _person(change, value)
    return value if id is None else brief(id, known).name
