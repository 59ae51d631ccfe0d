"""What managers do to people, categories, places and settings, and everybody to what is known of themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from zavhoz_contracts.envelope import Envelope
from zavhoz_contracts.people.v1.commands import ErasePerson, SetLanguage
from zavhoz_contracts.requests.v1.outcomes import RefusalReason
from zavhoz_requests.application.group import Group, Settled, named_assignee
from zavhoz_requests.application.loading import Cause, place_events
from zavhoz_requests.application.organisation import Organisation
from zavhoz_requests.application.writing import category_event, person_event
from zavhoz_requests.domain import categories, place_changes, replies
from zavhoz_requests.domain.decision import Refusal
from zavhoz_requests.domain.misread import Misread
from zavhoz_requests.domain.organisation import SettingChosen, most, read
from zavhoz_requests.domain.people import PersonEvent, erased, hindrance_to_erase, speaking
from zavhoz_requests.domain.permissions import Right, has
from zavhoz_requests.domain.staffing import Staffing, change
from zavhoz_requests.domain.state import Person


def about_person(
    group: Group, command: Envelope[Any], person: Person, now: datetime, first_managers: frozenset[int]
) -> Settled:
    """What a manager does to somebody, which may be themselves."""
    if not person.active:
        return Settled(command, person, Refusal(RefusalReason.DEACTIVATED), changed=False)
    about = group.person(command.data.person_id)
    if about is not None:
        group.others[about.id] = about  # a refusal may name them
    staffing = Staffing(
        by=person,
        about=about,
        now=now,
        managers=group.managers.keys(),
        unlimited={id for id, unlimited in group.managers.items() if unlimited},
        places=group.places,
        listed=about is not None and not group.outside_manager and about.telegram_id in first_managers,
    )
    changed = change(command.data, staffing)
    if isinstance(changed, Refusal):
        return Settled(command, person, changed, changed=False)
    after, events = changed
    if about is not None and events:
        group.change_person(after)
        if after.id in group.managers and after.telegram_id not in first_managers:
            group.outside_manager = True
        tell(group, command, events, about.version, person.id)
    return Settled(command, group.people[person.telegram_id], None, changed=bool(events))


def about_category(group: Group, command: Envelope[Any], person: Person, now: datetime) -> Settled:
    """What a manager changes about a category."""
    if not person.active:
        return Settled(command, person, Refusal(RefusalReason.DEACTIVATED), changed=False)
    given = named_assignee(command.data)
    assignee = None if given is None else group.person(given)
    changed = categories.change(command.data, categories.Shelf(person, now, group.categories, assignee))
    if isinstance(changed, Refusal):
        return Settled(command, person, changed, changed=False)
    category, event = changed
    if event is not None:
        group.categories[category.id] = group.changed_categories[category.id] = category
        group.events.append(category_event(event, category.version, command))
    return Settled(command, person, None, changed=event is not None)


def about_reply(group: Group, command: Envelope[Any], person: Person, now: datetime) -> Settled:
    """What a manager has ready for the staff to say."""
    if not person.active:
        return Settled(command, person, Refusal(RefusalReason.DEACTIVATED), changed=False)
    changed = replies.change(command.data, person, now, group.replies)
    if isinstance(changed, Refusal):
        return Settled(command, person, changed, changed=False)
    if changed is not None:
        group.changed_replies.append((changed, command))
        group.replies.pop(changed.reply_id, None)
        if changed.text is not None:
            group.replies[changed.reply_id] = changed.language, changed.text
    return Settled(command, person, None, changed=changed is not None)


def about_places(group: Group, command: Envelope[Any], person: Person, now: datetime) -> Settled:
    """What a manager changes about the tree of places."""
    if not person.active:
        return Settled(command, person, Refusal(RefusalReason.DEACTIVATED), changed=False)
    staged = {id: rows for id, (by, rows) in group.staged.items() if by == person.id}
    changed = place_changes.change(command.data, place_changes.Grounds(person, now, group.places, staged))
    if isinstance(changed, Refusal):
        return Settled(command, person, changed, changed=False)
    group.events += place_events(changed.written, group.places, Cause(now, person.id, command))
    for place in changed.written:
        group.places[place.code] = group.changed_places[place.code] = place
    return Settled(command, person, None, changed=bool(changed.written), place_code=changed.code)


def about_settings(
    group: Group, command: Envelope[Any], person: Person, now: datetime, organisation: Organisation
) -> Settled:
    """What a manager chooses for everybody; from the next command on it holds."""
    data = command.data
    refusal = None if person.active else Refusal(RefusalReason.DEACTIVATED)
    if refusal is None and not has(person, Right.MANAGE_SETTINGS):
        refusal = Refusal(RefusalReason.NOT_ALLOWED)
    value = None if data.value is None else read(data.setting, data.value)
    if refusal is None and isinstance(value, Misread):
        refusal = Refusal(
            RefusalReason.SETTING_UNREADABLE, limit=most(data.setting), problem=value.reason, piece=value.piece
        )
    if refusal is not None or isinstance(value, Misread):
        return Settled(command, person, refusal, changed=False)
    previous = group.chosen.get(data.setting.value)
    if value == previous:
        return Settled(command, person, None, changed=False)
    group.changed_settings.append((SettingChosen(data.setting, value, previous, now, person.id), command))
    group.chosen.pop(data.setting.value, None)
    if value is not None:
        group.chosen[data.setting.value] = value
    group.terms = organisation.of(group.chosen)
    return Settled(command, person, None, changed=True)


def about_sender(group: Group, command: Envelope[Any], person: Person, now: datetime) -> Refusal | None:
    """What somebody does to what is known of them."""
    data = command.data
    if not person.active:
        return Refusal(RefusalReason.DEACTIVATED)
    if isinstance(data, SetLanguage) and (data.language != person.language or not person.language_chosen):
        changed = speaking(person, data.language)
        group.people[person.telegram_id] = group.changed_people[person.id] = changed
    if isinstance(data, ErasePerson):
        others = bool(group.managers.keys() - {person.id})
        why = hindrance_to_erase(person, data.person_id, data.asked_at, now, other_manager=others)
        if why is not None:
            return Refusal(why)
        nobody, event = erased(person, now)
        group.erased[person.telegram_id] = nobody
        group.managers.pop(person.id, None)
        tell(group, command, (event,), person.version, person.id)
    return None


def tell(group: Group, command: Envelope[Any], events: Sequence[PersonEvent], version: int, actor_id: UUID) -> None:
    """Note what happened to a person who was at `version` before."""
    for number, event in enumerate(events, start=version + 1):
        group.events.append(person_event(event, number, command, actor_id))
