"""The queue, the archive and the search among all requests: their indexes, the words of the place, the vocabulary."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import literal_column, text
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0011"
down_revision = "0010"

_URGENCY = "(CASE priority WHEN 'high' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END)"
_UNFINISHED = "status IN ('open', 'in_progress', 'on_hold')"
_NARROWED = ["status", "priority", "requester_id", "created_at"]
_WORDS = "to_tsvector('russian', translate(lower({said}), 'ё./@:_-#', 'е       '))"
_BEFORE = "to_tsvector('russian', translate(lower(title || ' ' || description), 'ё', 'е'))"
_SAID, _PLACE = _WORDS.format(said="title || ' ' || description"), _WORDS.format(said="place")
_NOW = f"setweight({_SAID}, 'A') || {_PLACE}"
_PENDING = {"gin_pending_list_limit": 256}
_VOCABULARY = """
    INSERT INTO words (word, lexeme)
    SELECT word, lexemes[1]
    FROM (
        SELECT word, tsvector_to_array(to_tsvector('russian', word)) AS lexemes
        FROM (
            SELECT DISTINCT said[1] AS word
            FROM requests,
                 regexp_matches(translate(lower(title || ' ' || description || ' ' || place), 'ё', 'е'),
                                '[[:alpha:]]{4,40}', 'g') AS said
        ) AS said
    ) AS found
    WHERE cardinality(lexemes) > 0
"""


def upgrade() -> None:
    _search(_NOW, _PENDING)
    op.create_index(
        "requests_search",
        "requests",
        ["search"],
        postgresql_using="gin",
        postgresql_with=_PENDING,
    )
    op.drop_index("requests_queue", table_name="requests")
    op.create_index(
        "requests_queue",
        "requests",
        [literal_column(_URGENCY), literal_column("(status = 'on_hold')"), "due_at", "number"],
        postgresql_where=text(_UNFINISHED),
        postgresql_include=["id", "place_id", "assignee_id", *_NARROWED],
    )
    newest = ["place_id", literal_column("number DESC")]
    op.create_index(
        "requests_place",
        "requests",
        newest,
        postgresql_where=text("place_id IS NOT NULL"),
        postgresql_include=["id", "assignee_id", *_NARROWED],
    )
    newest = ["assignee_id", literal_column("number DESC")]
    op.create_index(
        "requests_archive_assignee",
        "requests",
        newest,
        postgresql_where=text(f"NOT ({_UNFINISHED})"),
        postgresql_include=["id", "place_id", *_NARROWED],
    )
    failed = text("status IN ('rejected', 'cancelled', 'merged')")
    newest = ["status", literal_column("number DESC")]
    op.create_index("requests_archive_failed", "requests", newest, postgresql_where=failed)
    op.create_index("requests_created", "requests", ["created_at"])
    op.create_table(
        "words",
        sa.Column("word", sa.Text(collation="C"), primary_key=True),
        sa.Column("lexeme", sa.Text(collation="C"), nullable=False),
    )
    op.execute(_VOCABULARY)
    op.create_index("ix_words_lexeme", "words", ["lexeme"])
    op.create_index("words_alike", "words", ["word"], postgresql_using="gin", postgresql_ops={"word": "gin_trgm_ops"})


def downgrade() -> None:
    op.drop_table("words")
    for name in ("created", "archive_failed", "archive_assignee", "place", "queue", "search"):
        op.drop_index(f"requests_{name}", table_name="requests")
    order = [literal_column(_URGENCY), "due_at", "number"]
    op.create_index("requests_queue", "requests", order, postgresql_where=text(_UNFINISHED))
    _search(_BEFORE, {})


def _search(words: str, pending: dict[str, int]) -> None:
    """Have other words to search: the column is made anew, and with it the index that it is in."""
    op.drop_index("requests_similar_words", table_name="requests")
    op.drop_column("requests", "search")
    op.add_column("requests", sa.Column("search", TSVECTOR(), sa.Computed(words, persisted=True)))
    op.create_index(
        "requests_similar_words",
        "requests",
        ["search"],
        postgresql_using="gin",
        postgresql_with=pending,
        postgresql_where=text(f"{_UNFINISHED} AND place_id IS NULL AND place = ''"),
    )
