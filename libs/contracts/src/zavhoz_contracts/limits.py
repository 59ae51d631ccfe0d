"""How long texts and lists may be. Lengths count user-perceived characters of cleaned text (see `text`)."""

from __future__ import annotations

TITLE_MIN, TITLE_MAX = 3, 100
DESCRIPTION_MIN, DESCRIPTION_MAX = 10, 1000
REASON_MIN, REASON_MAX = 3, 500
COMMENT_MAX = 500
NOTE_MAX = 500
HOLD_DAYS_MAX = 366
"""For so many days a request may be put on hold, if until a day at all."""
COMMENT_EDIT_SECONDS = 300
"""For so long the author of a comment may change its words."""
BULK_MAX = 200
"""Requests that are changed at once."""
REPLIES_MAX = 30
"""Canned replies in one language."""
CATEGORIES_MAX = 50
"""Categories that are not archived."""
CATEGORY_MIN, CATEGORY_MAX = 2, 40
"""Of the name of a category."""
QUESTIONS_MAX = 5
QUESTION_MIN, QUESTION_MAX = 3, 100
ANSWER_MAX = 200
"""Of the answer to a question that a category asks."""
AREAS_MAX = 20
"""Parts of the tree of places that one person may be limited to."""
RATING_MIN, RATING_MAX = 1, 5
PLACE_MIN, PLACE_MAX = 2, 100
"""Of a place in the person's own words."""
ATTACHMENTS_MAX = 10
"""In one message: a new request, or a comment."""
ATTACHMENTS_IN_ALL_MAX = 50
"""In one request, with those of its comments."""
