"""Every method by its name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from zavhoz_sandbox.answers import ApiError
from zavhoz_sandbox.methods import files, media, messages, presses, profile, topics, webhooks
from zavhoz_sandbox.world import World

Method = Callable[[World, dict[str, Any]], Awaitable[Any]]

_METHODS: Final[dict[str, Method]] = {
    "getMe": profile.get_me,
    "setMyCommands": profile.set_my_commands,
    "getMyCommands": profile.get_my_commands,
    "deleteMyCommands": profile.delete_my_commands,
    "setMyDescription": profile.set_my_description,
    "getMyDescription": profile.get_my_description,
    "setMyShortDescription": profile.set_my_short_description,
    "getMyShortDescription": profile.get_my_short_description,
    "sendMessage": messages.send_message,
    "editMessageText": messages.edit_message_text,
    "editMessageReplyMarkup": messages.edit_message_reply_markup,
    "deleteMessage": messages.delete_message,
    "sendChatAction": messages.send_chat_action,
    "sendPhoto": media.send_photo,
    "sendDocument": media.send_document,
    "sendVideo": media.send_video,
    "sendAnimation": media.send_animation,
    "sendVideoNote": media.send_video_note,
    "sendVoice": media.send_voice,
    "sendAudio": media.send_audio,
    "sendLocation": media.send_location,
    "sendMediaGroup": files.send_media_group,
    "getFile": files.get_file,
    "answerCallbackQuery": presses.answer_callback_query,
    "createForumTopic": topics.create_forum_topic,
    "editForumTopic": topics.edit_forum_topic,
    "closeForumTopic": topics.close_forum_topic,
    "reopenForumTopic": topics.reopen_forum_topic,
    "deleteForumTopic": topics.delete_forum_topic,
    "setWebhook": webhooks.set_webhook,
    "deleteWebhook": webhooks.delete_webhook,
    "getWebhookInfo": webhooks.get_webhook_info,
}
NAMES: Final = frozenset(_METHODS)
"""All of them but getUpdates, spelled as in the documentation."""
_BY_NAME: Final = {name.lower(): method for name, method in _METHODS.items()}


def method(name: str) -> Method:
    """The method of this name, in whatever case. getUpdates waits, and lives in `polling`.

    Raises:
        ApiError: 404, there is none.
    """
    found = _BY_NAME.get(name.lower())
    if found is None:
        raise ApiError(404, "Not Found")
    return found
