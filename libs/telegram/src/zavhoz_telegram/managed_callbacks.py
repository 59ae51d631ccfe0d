"""What the buttons of the managers' pages carry: people, places, categories, the organisation, canned replies."""

from __future__ import annotations

from enum import StrEnum
from typing import Final
from uuid import UUID

from zavhoz_contracts.api.people import PeopleView
from zavhoz_contracts.organisation.v1.settings import Setting
from zavhoz_telegram.callbacks import CallbackData, PlacePress, ShortId

_NO_ID: Final = UUID(int=0)


class TreeAct(StrEnum):
    """What a button of the tree of places does. One letter each: a code of 59 has to fit beside it."""

    OPEN = "o"  # what is in it; in nothing: what is topmost
    ARCHIVED = "z"  # what is in it and archived
    ADD = "a"  # ask what kind of place is added to it
    ADD_SITE = "1"
    ADD_BUILDING = "2"
    ADD_FLOOR = "3"
    ADD_ROOM = "4"
    ADD_ASSET = "5"
    RENAME = "r"
    ASK_ARCHIVE = "q"
    ARCHIVE = "d"
    RESTORE = "b"
    SHEET = "s"
    EXPORT = "e"
    IMPORT = "i"
    CANCEL = "x"  # under a question


class TreePress(CallbackData, prefix="T"):
    """A button of the tree of places: about the place with this code, or none."""

    act: TreeAct
    code: str = ""


class TreeTurn(CallbackData, prefix="U"):
    """Page `page`, from 1, of what is in a place; of its `archived` ones (1). The id of none is 0."""

    place_id: UUID
    page: int
    archived: int = 0


class ImportAct(StrEnum):
    """What becomes of a table of places that is staged."""

    LOOK = "l"  # what it changes now
    APPLY = "a"
    CANCEL = "x"


class ImportPress(CallbackData, prefix="I"):
    """A button under what a table would change, whose `digest` it has; `missing` (1) archives what is not in it."""

    act: ImportAct
    import_id: UUID
    missing: int
    digest: str = ""


class PeopleAction(StrEnum):
    """What can be done about the lists of people."""

    SHOW = "show"  # this page of this list
    FOUND = "found"  # this page of what was found, in the message pressed
    BACK = "back"  # from a profile to what the message showed before
    SEARCH = "search"  # ask for a name
    CANCEL = "cancel"  # under the question for a name


class PeoplePress(CallbackData, prefix="pl"):
    """A button of the lists of people; `page` counts from 1."""

    action: PeopleAction
    view: PeopleView = PeopleView.STAFF
    page: int = 1


class ProfileAction(StrEnum):
    """What a button of somebody's profile does; its value says the rest."""

    OPEN = "open"
    ASK = "ask"  # whether it is meant, before SET
    SET = "set"  # this role, or "off", or "on"
    AREAS = "areas"  # show the parts of the places that they are limited to
    ADD = "add"  # choose another one
    REMOVE = "drop"  # the one with this key
    EVERYWHERE = "all"  # limit them to none


class ProfilePress(CallbackData, prefix="pp"):
    """A button of the profile of this person, in its message."""

    action: ProfileAction
    person_id: UUID
    value: str = ""


class AreaPress(PlacePress, prefix="pa"):
    """A button of the choice of a place that somebody is limited to, in the message of their profile."""


class ShelfAction(StrEnum):
    """What a manager does about the categories; the value, or the person, says the rest."""

    LIST = "l"  # this page of them
    NEW = "n"  # ask for the name of another one
    OPEN = "o"
    NAME = "m"  # ask for the name in this language
    QUESTIONS = "q"  # ask for the questions in this language
    NO_QUESTIONS = "z"
    PRIORITIES = "p"  # show the choice
    PRIORITISE = "r"  # this one, or none
    STAFF = "a"  # this page of those whom its requests can be given to
    GIVE = "g"  # to this person, or to nobody
    ARCHIVE = "x"
    RESTORE = "y"


class ShelfPress(CallbackData, prefix="cs"):
    """A button of the pages of categories."""

    action: ShelfAction
    category_id: ShortId = _NO_ID
    person_id: ShortId = _NO_ID
    value: str = ""


class OrganisationAction(StrEnum):
    """What a manager does about the settings of the organisation."""

    OPEN = "o"
    ASK = "a"  # for another value
    DEFAULT = "d"


class OrganisationPress(CallbackData, prefix="os"):
    """A button of the page of the settings."""

    action: OrganisationAction
    setting: Setting = Setting.HOURS


class AgainPress(CallbackData, prefix="ag"):
    """[Type it again] under what was wrong with the answer to a question of a manager's page."""


class ReplyAction(StrEnum):
    """What a manager does about the canned replies."""

    LIST = "l"
    ADD = "a"  # ask for the text of another one
    OPEN = "o"
    CHANGE = "c"  # ask for another text
    ASK = "q"  # whether it is to be removed, before REMOVE
    REMOVE = "r"


class ReplyPress(CallbackData, prefix="rp"):
    """A button of the pages of the replies in a language; `page`, from 1, is that of the list, to come back to."""

    action: ReplyAction
    language: str
    page: int = 1
    reply_id: ShortId = _NO_ID


class ManyAct(StrEnum):
    """What is done to all that the queue shows; the value says the rest."""

    CHOOSE = "c"  # begin with what the queue shows now
    BACK = "b"  # to the choice of what is done
    STAFF = "s"  # this page of whom they can be given to
    ASSIGN = "a"  # give them to this person
    PRIORITISE = "p"  # make them this urgent
    COMPLETE = "d"  # ask what was done
    WORDLESS = "w"  # done, without words
    REJECT = "r"  # ask why
    DO = "y"  # what was confirmed
    CANCEL = "x"


class ManyPress(CallbackData, prefix="mm"):
    """A button of what is done to many requests at once; which ones is remembered for the message pressed."""

    act: ManyAct
    value: str = ""
