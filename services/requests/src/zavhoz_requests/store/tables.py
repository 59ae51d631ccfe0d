"""The tables of the requests service.

Lock order everywhere: inbox, people, requests, numbers, words; each sorted by its key.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Interval,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
    event,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR

from zavhoz_messaging.inbox import inbox_table
from zavhoz_messaging.outbox import events_table

metadata: Final = MetaData()

UNFINISHED: Final = "status IN ('open', 'in_progress', 'on_hold')"
"""What is not closed: the condition of indexes, so that lists ask in these very words."""
UNCONFIRMED: Final = "status = 'completed' AND confirmed_at IS NULL"
"""What will confirm itself."""
FAILED: Final = "status IN ('rejected', 'cancelled', 'merged')"
"""What is closed without having been done."""
PENDING_KB: Final = 256
HELD: Final = "status = 'on_hold'"
"""What may go on by itself."""
URGENCY: Final = "(CASE priority WHEN 'high' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END)"
"""Most urgent first."""
IN_TURN: Final = f"{URGENCY}, ({HELD}), due_at, number"
"""The order of the queue: of the same urgency what is due first, and what is on hold last."""

inbox: Final = inbox_table(metadata)
Index(
    "inbox_outcome_unpublished",
    inbox.c.received_at,
    postgresql_where=text("outcome IS NOT NULL AND outcome_published_at IS NULL"),
)

events: Final = events_table(metadata)

people: Final = Table(
    "people",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("telegram_id", BigInteger, unique=True),
    Column("name", Text, nullable=False),
    Column("username", Text),
    Column("language", Text, nullable=False),
    Column("language_chosen", Boolean, nullable=False, server_default=text("false")),
    Column("role", Text, nullable=False, server_default=text("'requester'")),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("reachable", Boolean, nullable=False, server_default=text("true")),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    Column("registered_at", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False, server_default=text("0")),
    Column("erased_at", DateTime(timezone=True)),
    Column("areas", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    CheckConstraint("telegram_id IS NOT NULL OR erased_at IS NOT NULL", name="people_erased"),
    CheckConstraint("role IN ('requester', 'technician', 'manager')", name="people_role"),
    Index("people_staff", "role", postgresql_where=text("role <> 'requester'")),
)

# `gin_trgm_ops` below; PostgreSQL lets the owner of a database install it.
event.listen(metadata, "before_create", DDL("CREATE EXTENSION IF NOT EXISTS pg_trgm"))  # type: ignore[no-untyped-call]

places: Final = Table(
    "places",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("parent_id", Uuid, ForeignKey("places.id"), index=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("search", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("path_key", Text, nullable=False),
    Column("archived_at", DateTime(timezone=True)),
    Column("lineage", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("version", Integer, nullable=False, server_default=text("0")),
    CheckConstraint("kind IN ('site', 'building', 'floor', 'room', 'asset')", name="places_kind"),
    CheckConstraint("code ~ '^[A-Za-z0-9_-]{1,59}$'", name="places_code"),
    Index("places_lineage", "lineage", postgresql_using="gin"),
    Index("places_search", "search", postgresql_using="gin", postgresql_ops={"search": "gin_trgm_ops"}),
)
"""The tree. `search` is what is looked through for words; the keys sort as people do.

`lineage` are the codes of the place itself and of all that it is in. `version` is 0 for what was there before places
had events.
"""

place_imports: Final = Table(
    "place_imports",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("by", Uuid, ForeignKey("people.id"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, index=True),
)
"""Tables of places that were shown what they would change, and wait for a yes; for a day."""

# The Russian configuration has the English dictionary for words in Latin letters: one does for both languages. What
# joins words to something the parser takes for an address, a file or a negative number separates them here.
_WORDS: Final = "to_tsvector('russian', translate(lower({said}), 'ё./@:_-#', 'е       '))"
# The words of the place have no weight, by which they can be told from what was said of the trouble.
_SAID, _PLACE = _WORDS.format(said="title || ' ' || description"), _WORDS.format(said="place")
_SEARCH: Final = f"setweight({_SAID}, 'A') || {_PLACE}"
PLACELESS: Final = "place_id IS NULL AND place = ''"
"""Nobody has said where it is."""

_NARROWED: Final = ("status", "priority", "requester_id", "created_at")

requests: Final = Table(
    "requests",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("priority", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("requester_id", Uuid, ForeignKey("people.id"), nullable=False),
    Column("assignee_id", Uuid, ForeignKey("people.id")),
    Column("closed_by", Uuid, ForeignKey("people.id")),
    Column("rejection_text_id", Uuid),
    Column("reopening_text_id", Uuid),
    Column("due_at", DateTime(timezone=True)),
    Column("confirms_at", DateTime(timezone=True)),
    Column("confirmed_at", DateTime(timezone=True)),
    Column("rating", Integer),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("hold_text_id", Uuid),
    Column("held_until", DateTime(timezone=True)),
    Column("completion_text_id", Uuid),
    Column("merged_into", Uuid, ForeignKey("requests.id", name="requests_merged_into")),
    CheckConstraint(
        "status IN ('open', 'in_progress', 'completed', 'rejected', 'cancelled', 'on_hold', 'merged')",
        name="requests_status",
    ),
    CheckConstraint("rating BETWEEN 1 AND 5", name="requests_rating"),
    Column("place_id", Uuid, ForeignKey("places.id")),
    Column("category_id", Uuid, ForeignKey("categories.id")),
    Column("place", Text, nullable=False, server_default=text("''")),
    CheckConstraint("priority IN ('high', 'medium', 'low')", name="requests_priority"),
    Index("requests_own_open", "requester_id", text("number DESC"), postgresql_where=text(UNFINISHED)),
    Index("requests_own_closed", "requester_id", text("number DESC"), postgresql_where=text(f"NOT ({UNFINISHED})")),
    Index("requests_own_places", "requester_id", "place_id", "number", postgresql_where=text("place_id IS NOT NULL")),
    # This one and the next three have what lists are narrowed to: filters are looked at in the index alone.
    Index(
        "requests_queue",
        text(URGENCY),
        text(f"({HELD})"),
        "due_at",
        "number",
        postgresql_where=text(UNFINISHED),
        postgresql_include=["id", "place_id", "category_id", "assignee_id", *_NARROWED],
    ),
    Index(
        "requests_place",
        "place_id",
        text("number DESC"),
        postgresql_where=text("place_id IS NOT NULL"),
        postgresql_include=["id", "category_id", "assignee_id", *_NARROWED],
    ),
    Index(
        "requests_category",
        "category_id",
        text("number DESC"),
        postgresql_where=text("category_id IS NOT NULL"),
        postgresql_include=["id", "place_id", "assignee_id", *_NARROWED],
    ),
    Index(
        "requests_archive_assignee",
        "assignee_id",
        text("number DESC"),
        postgresql_where=text(f"NOT ({UNFINISHED})"),
        postgresql_include=["id", "place_id", "category_id", *_NARROWED],
    ),
    # Most are completed.
    Index("requests_archive_failed", "status", text("number DESC"), postgresql_where=text(FAILED)),
    Index("requests_assigned", "assignee_id", postgresql_where=text(f"{UNFINISHED} AND assignee_id IS NOT NULL")),
    Index("requests_held", "held_until", postgresql_where=text(HELD)),
    Column("runs", SmallInteger, nullable=False, server_default=text("0")),
    Column("terms", Integer, nullable=False, server_default=text("0")),
    Column("react_by", DateTime(timezone=True)),
    Column("alarm_at", DateTime(timezone=True)),
    Column("reaction_since", DateTime(timezone=True)),
    Column("reaction_allowed", Interval),
    Column("reaction_raised", SmallInteger, nullable=False, server_default=text("0")),
    Column("resolution_since", DateTime(timezone=True)),
    Column("resolution_allowed", Interval),
    Column("resolution_spent", Interval),
    Column("resolution_raised", SmallInteger, nullable=False, server_default=text("0")),
    Column("closed_at", DateTime(timezone=True)),
    Index("requests_created", "created_at"),
    Index("requests_closed", "closed_at", postgresql_where=text("closed_at IS NOT NULL")),
    Column("answers", JSONB, nullable=False, server_default=text("'[]'")),
    Index("requests_alarms", "alarm_at", postgresql_where=text("alarm_at IS NOT NULL")),
    Index("requests_terms", "terms", postgresql_where=text(UNFINISHED)),
    Column("search", TSVECTOR, Computed(_SEARCH, persisted=True)),
    # What is written waits in a list that every search reads to its end: a short one.
    Index(
        "requests_search",
        "search",
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": PENDING_KB},
    ),
    Index(
        "requests_similar_words",
        "search",
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": PENDING_KB},
        postgresql_where=text(f"{UNFINISHED} AND {PLACELESS}"),
    ),
    Index(
        "requests_similar_place",
        "place_id",
        "number",
        postgresql_where=text(f"{UNFINISHED} AND place_id IS NOT NULL"),
    ),
    Index("requests_unconfirmed", "confirms_at", postgresql_where=text(UNCONFIRMED)),
)

words: Final = Table(
    "words",
    metadata,
    Column("word", Text(collation="C"), primary_key=True),
    Column("lexeme", Text(collation="C"), nullable=False, index=True),
    Index("words_alike", "word", postgresql_using="gin", postgresql_ops={"word": "gin_trgm_ops"}),
)
"""Every word of requests and their places, and what the full text search makes of it. No word is ever removed."""

watchers: Final = Table(
    "watchers",
    metadata,
    Column("request_id", Uuid, ForeignKey("requests.id"), primary_key=True),
    Column("person_id", Uuid, ForeignKey("people.id"), primary_key=True),
    Column("joined_at", DateTime(timezone=True), nullable=False),
    Index("watchers_of_person", "person_id"),
)
"""Who has the same trouble as a requester. Written only while the request is locked."""

attachments: Final = Table(
    "attachments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, ForeignKey("requests.id"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("file_name", Text),
    Column("status", Text, nullable=False, server_default=text("'pending'")),
    Column("reason", Text),
    Column("sha256", Text),
    Column("size", BigInteger),
    Column("media_type", Text),
    Column("key", Text),
    Column("uploader_id", Uuid, ForeignKey("people.id")),
    Column("file_id", Text),
    CheckConstraint("status IN ('pending', 'stored', 'refused', 'erased')", name="attachments_status"),
    Index("attachments_of_uploader", "uploader_id", "id"),
)

texts: Final = Table(
    "texts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, ForeignKey("requests.id"), nullable=False),
    Column("author_id", Uuid, ForeignKey("people.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("written_at", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False, server_default=text("0")),
    Column("attachments", Integer, nullable=False, server_default=text("0")),
    Column("command_id", Uuid, unique=True),
    Column("edited_at", DateTime(timezone=True)),
    Index("texts_of_request", "request_id", "kind", "version"),
    Index("texts_of_author", "author_id", "id"),
)
"""What people typed and events name only by its id. `version` is the request's, so it orders the texts of one."""

categories: Final = Table(
    "categories",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("position", Integer, Identity(always=True), nullable=False),
    Column("names", JSONB, nullable=False),
    Column("questions", JSONB, nullable=False),
    Column("priority", Text),
    Column("assignee_id", Uuid, ForeignKey("people.id")),
    Column("archived", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("priority IN ('high', 'medium', 'low')", name="categories_priority"),
)

replies: Final = Table(
    "replies",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("position", Integer, Identity(always=True), nullable=False),
    Column("language", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("replies_of_language", "language", "position"),
)
"""Canned replies. The events about each are versioned by what was written of it before."""

settings: Final = Table(
    "settings",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("changed_by", Uuid, ForeignKey("people.id")),
)
"""What managers have chosen for the whole organisation; what is not there is as it is by default."""

staff_groups: Final = Table(
    "staff_groups",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("chat_id", BigInteger, nullable=False, unique=True),
    Column("by", Text, nullable=False),
    Column("area", Text),
    Column("title", Text, nullable=False),
    Column("forum", Boolean, nullable=False),
    Column("language", Text, nullable=False),
    Column("bound_by", Uuid, ForeignKey("people.id"), nullable=False),
    Column("bound_at", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("by IN ('site', 'category')", name="staff_groups_by"),
)
"""The chats at Telegram in which requests appear."""

numbers: Final = Table(
    "numbers",
    metadata,
    Column("name", Text, primary_key=True),
    Column("last", Integer, nullable=False),
)
"""The last number given. A row rather than a sequence: rolled back with its transaction, so that numbers stay dense."""
