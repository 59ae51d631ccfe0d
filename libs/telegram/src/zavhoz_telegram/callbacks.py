"""What buttons carry: an opaque id and the version they were drawn for, at most 64 bytes.

https://core.telegram.org/bots/api#inlinekeyboardbutton
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from enum import Enum, StrEnum
from typing import Annotated, Any, ClassVar, Final, Self, TypeAlias
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict

from zavhoz_contracts.api.v1 import View
from zavhoz_contracts.message import Priority
from zavhoz_contracts.requests.v1.lifecycle import Action

BYTES_MAX: Final = 64
_SEPARATOR: Final = ":"
_SHORT: Final = "short"
_SHORT_LENGTH: Final = 22


def _read_short(value: object) -> object:
    if not isinstance(value, str):
        return value
    if len(value) != _SHORT_LENGTH:
        raise ValueError("no short id")
    return UUID(bytes=urlsafe_b64decode(f"{value}=="))


ShortId: TypeAlias = Annotated[UUID, BeforeValidator(_read_short), _SHORT]
"""An id in 22 characters instead of 32, for a button that carries two of them."""


class CallbackData(BaseModel):
    """A kind of button: its prefix, then each field's value, in their order, between colons."""

    model_config = ConfigDict(frozen=True)

    prefix: ClassVar[str]

    def __init_subclass__(cls, prefix: str, **rest: Any) -> None:
        cls.prefix = prefix
        super().__init_subclass__(**rest)

    def pack(self) -> str:
        """What the button carries.

        Raises:
            ValueError: it would be longer than 64 bytes, or a value has a colon.
        """
        fields = type(self).model_fields
        values = [_packed(value, short=_SHORT in fields[name].metadata) for name, value in self]
        packed = _SEPARATOR.join([self.prefix, *values])
        if len(packed.encode()) > BYTES_MAX or any(_SEPARATOR in value for value in values):
            raise ValueError(f"{packed!r} cannot be carried by a button")
        return packed

    @classmethod
    def unpack(cls, data: str) -> Self:
        """Read what a button carried.

        Raises:
            ValueError: it is of another kind, or forged.
        """
        prefix, *values = data.split(_SEPARATOR)
        names = tuple(cls.model_fields)
        if prefix != cls.prefix or len(values) != len(names):
            raise ValueError(f"not a {cls.__name__}")
        return cls.model_validate(dict(zip(names, values, strict=True)))


def _packed(value: object, *, short: bool = False) -> str:
    if isinstance(value, UUID):
        return urlsafe_b64encode(value.bytes).decode().rstrip("=") if short else value.hex
    return str(value.value) if isinstance(value, Enum) else str(value)


class RequestPress(CallbackData, prefix="r"):
    """A button under a card."""

    action: Action
    request_id: UUID
    version: int


class RatePress(CallbackData, prefix="k"):
    """It is fixed, and how well: 1 to 5."""

    rating: int
    request_id: UUID
    version: int


class SurePress(CallbackData, prefix="y"):
    """Yes, do it: under the question whether an action is meant that cannot be undone, or done without words."""

    action: Action
    request_id: UUID
    version: int


class PriorityPress(CallbackData, prefix="w"):
    """How urgent a request is from now on."""

    priority: Priority
    request_id: UUID
    version: int


class OpenLine(CallbackData, prefix="o"):
    """A line of a list: the card comes as a new message."""

    request_id: UUID


class OpenNotice(CallbackData, prefix="n"):
    """The button under a notice: the notice becomes the card."""

    request_id: UUID


class DraftAction(StrEnum):
    """What can be done to a draft."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    SEND = "send"
    DISCARD = "discard"


class DraftPress(CallbackData, prefix="d"):
    """A button under a draft; the draft is that of the message pressed."""

    action: DraftAction


class PartAction(StrEnum):
    """What a part of a draft is asked to do: to be replaced, to be listed, to go, or to be left as it is."""

    TEXT = "text"
    FILES = "files"
    REMOVE = "remove"
    BACK = "back"


class PartPress(CallbackData, prefix="e"):
    """A button about the words or the files of the draft in the message pressed; `file` says which is to go."""

    action: PartAction
    file: str = ""


class PlaceAction(StrEnum):
    """What can be done while a place is chosen. One letter each: a code of 59 has to fit beside it."""

    PICK = "p"
    CHOOSE = "c"
    OPEN = "o"
    TURN = "t"
    WORDS = "w"
    CLEAR = "n"
    BACK = "x"


class PlacePress(CallbackData, prefix="p"):
    """A button of the choice of a place, in the message of its draft. `value` is a code, or the number of a page."""

    action: PlaceAction
    value: str = ""


class MovePress(PlacePress, prefix="g"):
    """The same for a request that is filed, in the message of the question what is to be changed."""


class ListPress(CallbackData, prefix="l"):
    """A list: page `page`, from 1; 0 shows the first as a new message."""

    view: View
    page: int


class QuestionPress(CallbackData, prefix="q"):
    """[Cancel] under a question: what `action` needs to know about the request."""

    action: Action
    request_id: UUID


class HelpTopic(StrEnum):
    """What /help speaks of."""

    FILING = "filing"
    PHOTOS = "photos"
    TIMES = "times"
    NOT_HELPED = "not_helped"
    CONTACTS = "contacts"


class HelpPress(CallbackData, prefix="h"):
    """A topic of /help: shown in the message pressed."""

    topic: HelpTopic


class SettingsAct(StrEnum):
    """What a button of the settings does; its value says the rest."""

    OPEN = "open"  # the page with this name
    LANGUAGE = "lang"  # speak this language
    GREET = "greet"  # so too, chosen under the greeting
    QUIET = "quiet"  # from and to these hours ("22-7"), or "off"
    DIGEST = "digest"  # be told how things stand at this hour, or "off"
    DATA = "data"
    UNMUTE = "unmute"


class SettingsPress(CallbackData, prefix="s"):
    """A button of the settings; the page is in the message pressed. [Settings] under the greeting opens a new one."""

    act: SettingsAct
    value: str = ""


class ErasePress(CallbackData, prefix="x"):
    """The last of the questions before somebody is erased: drawn for this person, at this minute of Unix time."""

    person_id: UUID
    minute: int


class MutePress(CallbackData, prefix="u"):
    """[Mute] (1) or [Unmute] (0) on a card."""

    request_id: UUID
    muted: int


class PhotosPress(CallbackData, prefix="v"):
    """[Photos] under a card: the request's files come as messages of their own."""

    request_id: UUID


class DeskAction(StrEnum):
    """What can be done about a staff group."""

    SITE = "site"  # a topic for each site
    CATEGORY = "category"
    EVERYWHERE = "all"  # requests of all places
    UNBIND = "unbind"


class DeskPress(CallbackData, prefix="desk"):
    """A button under /desk in a staff group; the group is the chat of the message pressed."""

    action: DeskAction


class MineAction(StrEnum):
    """What can be done about a search in one's own requests."""

    SEARCH = "search"  # ask for words
    FOUND = "found"  # a page of what was found, in the message pressed
    CANCEL = "cancel"  # under the question for words


class MinePress(CallbackData, prefix="m"):
    """A button of the search in one's own requests; `page` counts from 1."""

    action: MineAction
    page: int = 1


class JoinPress(CallbackData, prefix="j"):
    """[Me too] under a draft that looks like this request."""

    request_id: UUID


class AssignPress(CallbackData, prefix="wa"):
    """Somebody whom a request is given to."""

    request_id: ShortId
    person_id: ShortId
    version: int


class StaffPress(CallbackData, prefix="ws"):
    """A page of those whom a request can be given to; pages count from 1."""

    request_id: UUID
    version: int
    page: int


class HoldPress(CallbackData, prefix="wh"):
    """For so many days a request is put on hold, 0 for as long as nobody says otherwise."""

    request_id: UUID
    days: int


class MergePress(CallbackData, prefix="wm"):
    """The request with the number `into` is the same; `sure` (1): it is to be done, and not only asked about."""

    request_id: UUID
    version: int
    into: int
    sure: int


class QueueAct(StrEnum):
    """What a button of the queue and the archive does; its value says the rest."""

    FILTERS = "f"  # show the choice of filters
    STATUS = "s"  # let ("1open") or no longer let ("0open") a state fit
    PRIORITY = "p"
    ASSIGNEE = "a"  # a person id, "me", "nobody", or empty for anybody
    PEOPLE = "w"  # a page of those who have something to do
    ANYBODY = "u"  # whoever filed it
    CATEGORY = "c"  # a category id, or empty for any
    CATEGORIES = "k"  # a page of them
    SINCE = "t"  # "today", "7d", or empty for ever
    OVERDUE = "o"  # "1" or "0"
    RESET = "r"
    SEARCH = "q"  # ask for words
    FOUND = "g"  # a page of what was found, in the message pressed
    CANCEL = "x"  # under the question for words


class QueuePress(CallbackData, prefix="qf"):
    """A button of the queue, or of the archive, as `view` says."""

    act: QueueAct
    view: View = View.QUEUE
    value: str = ""


class FiledPress(CallbackData, prefix="qu"):
    """The queue, narrowed to what this person filed, as a new message."""

    person_id: UUID


class FilterPlacePress(PlacePress, prefix="qp"):
    """The choice of a place that the queue and the archive are narrowed to."""


class CategoryAction(StrEnum):
    """What can be done about the category of a draft, or of a request that is filed."""

    PICK = "p"
    TURN = "t"
    CHOOSE = "c"
    CLEAR = "n"
    BACK = "x"
    ANSWER = "a"  # the questions of the category, from the first on
    SKIP = "s"
    DROP = "d"  # the answer to the question asked


class CategoryPress(CallbackData, prefix="cd"):
    """A button about the category of the draft in the message pressed. `value` is an id, or the number of a page."""

    action: CategoryAction
    value: str = ""


class RecategoryPress(CategoryPress, prefix="cr"):
    """The same for a request that is filed, in the message of the question what is to be changed."""


class CannedAction(StrEnum):
    """What can be done under a question that a canned reply may answer."""

    SHOW = "l"  # this page of the replies
    SAY = "s"  # the reply with this id
    BACK = "x"  # to the question


class CannedPress(CallbackData, prefix="cp"):
    """A button of the replies in a language, in the message of the question; `value` is a page, from 1, or an id."""

    action: CannedAction
    language: str = ""
    value: str = ""
