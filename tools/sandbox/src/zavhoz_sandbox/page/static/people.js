// How people and chats are called and coloured.

import { html } from "./dom.js";
import { t } from "./texts.js";

export const fullName = (user) => [user.first_name, user.last_name].filter(Boolean).join(" ");

/** A hue from 0 to 359, the same for an id each time and far from those of its neighbours. */
export const hue = (id) => Math.round((Math.abs(id) * 137.508) % 360);

/** A bot has the page's own picture, everybody else their initials. */
export function Avatar({ id, name, bot, small }) {
  if (bot) return html`<img class=${small ? "avatar small" : "avatar"} src="/page/icon.svg" alt="" />`;
  const initials = name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => [...word][0] ?? "")
    .join("");
  return html`<span class=${small ? "avatar small" : "avatar"} style=${`--hue:${hue(id)}`} aria-hidden="true">
    ${initials}
  </span>`;
}

/** What a message is in one line: in a reply's quotation, in a list. */
export function summary(message) {
  const text = message.text ?? message.caption;
  const kind = ["photo", "video", "video_note", "voice", "audio", "document", "location", "sticker", "contact"].find(
    (one) => message[one],
  );
  const label = kind && t(`kind_${kind}`);
  if (label && text) return `${label}, ${text}`;
  return label ?? text ?? serviceText(message) ?? t("kind_other");
}

/** What Telegram itself says in a chat, or null for what somebody has sent. */
export function serviceText(message) {
  const name = message.from?.first_name ?? "";
  if (message.forum_topic_created) return t("topic_created", { name, topic: message.forum_topic_created.name });
  if (message.forum_topic_edited) return t("topic_edited", { name });
  if (message.forum_topic_closed) return t("topic_closed", { name });
  if (message.forum_topic_reopened) return t("topic_reopened", { name });
  if (message.migrate_to_chat_id) return t("migrated");
  if (message.migrate_from_chat_id) return t("migrated");
  return null;
}
