// One person's Telegram: their chats, the one that is open, and what they may do with themselves.

import * as acts from "./acts.js";
import { classes, html, memo, useCallback, useEffect, useMemo, useRef, useState } from "./dom.js";
import { Composer } from "./composer.js";
import { Dialog, Form } from "./dialog.js";
import { deepLink } from "./format.js";
import { Icon } from "./icons.js";
import { Log } from "./log.js";
import { MenuButton } from "./menu.js";
import { Avatar, fullName } from "./people.js";
import { readUpTo } from "./prefs.js";
import { SendFiles } from "./sending.js";
import { t } from "./texts.js";

const TELEGRAM_LANGUAGES = { ru: "Русский", en: "English", uk: "Українська", kk: "Қазақша", de: "Deutsch", "": "—" };

/** How many messages of a chat a person has not read. */
export function unreadOf(world, person, chat) {
  const read = readUpTo(person, chat);
  return world.chat(chat).messages.filter((one) => one.message_id > read && one.from.id !== person).length;
}

/** `others`: who else may be shown here. `hidden`: another column is in front (on a narrow page). */
export const Column = memo(({ person, others, world, version, hidden, at, onSwitch, onClose, onPhoto, onWay }) => {
  const [chat, setChat] = useState(person.id);
  const [thread, setThread] = useState(0);
  const [reply, setReply] = useState(null);
  const [editing, setEditing] = useState(null);
  const [form, setForm] = useState(null);
  const [files, setFiles] = useState(null);
  const [dragging, setDragging] = useState(false);

  useEffect(() => {
    setChat(person.id);
    quiet();
  }, [person.id]);
  const quiet = () => {
    setReply(null);
    setEditing(null);
  };
  const open = (id) => {
    setChat(id);
    setThread(0);
    quiet();
  };

  const groups = [...world.groups.values()].filter(({ members }) => members.length === 0 || members.includes(person.id));
  const group = world.groups.get(chat);
  const forum = group?.is_forum ? group : null;
  const { messages, more } = world.chat(chat);
  const where = useMemo(() => ({ ...(chat < 0 ? { chat } : {}), ...(forum && thread ? { message_thread_id: thread } : {}) }), [chat, thread, forum !== null]);
  const waiting = useWaiting(world, person.id, chat);
  const typing = world.typing.get(chat);
  const answer = world.answers.get(person.id);
  const error = useCallback((problem) => world.tell(person.id, problem.message), [world, person.id]);
  const messagesNow = useRef(messages);
  messagesNow.current = messages;

  const follow = useCallback(
    (url) => {
      const link = deepLink(url);
      if (!link || link.bot.toLowerCase() !== world.bot.username.toLowerCase()) return false;
      open(person.id);
      acts.start(person.id, link.payload).catch(error);
      return true;
    },
    [world, person.id],
  );
  const on = useMemo(
    () => ({
      reply: (message) => (setEditing(null), setReply(message)),
      edit: (message) => (setReply(null), setEditing(message)),
      press: (message, button) => acts.press(person.id, message.chat.id, message.message_id, button).catch(error),
      command: (text) => acts.say(person.id, text, where).catch(error),
      link: follow,
      photo: onPhoto,
      way: (message) => onWay(message),
    }),
    [person.id, where, follow],
  );
  const composing = useMemo(
    () => ({
      sent: quiet,
      error,
      files: (list) => list.length && setFiles(list),
      samples: (list, give) => setForm({ samples: list, give }),
      editLast: () => {
        const last = messagesNow.current.findLast((one) => one.from.id === person.id && (one.text ?? one.caption));
        if (last) setEditing(last);
      },
    }),
    [person.id],
  );

  const shown = forum ? (thread ? forum.topics.find((one) => one.message_thread_id === thread)?.name : t("general")) : "";
  const title = group ? group.title : fullName(world.bot);
  const started = chat < 0 || person.started;

  return html`<section
    class=${classes("column", hidden && "behind", dragging && "dropping")}
    aria-label=${person.first_name}
    onDragOver=${(event) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      setDragging(true);
    }}
    onDragLeave=${(event) => event.currentTarget.contains(event.relatedTarget) || setDragging(false)}
    onDrop=${(event) => {
      event.preventDefault();
      setDragging(false);
      if (event.dataTransfer.files.length) setFiles([...event.dataTransfer.files]);
    }}
  >
    <header class="person">
      <${Avatar} id=${person.id} name=${fullName(person)} />
      <div class="person-name">
        <h2>${fullName(person)}</h2>
        <small>${[person.about, person.language_code].filter(Boolean).join(" · ")}</small>
      </div>
      ${others.length > 0 &&
      html`<${MenuButton}
        label=${t("switch_person", { name: person.first_name })}
        icon="down"
        items=${() => others.map((one) => ({ label: fullName(one), note: [one.about, badge(unreadOf(world, one.id, one.id))].filter(Boolean).join(" · "), act: () => onSwitch(at, one.id) }))}
      />`}
      <${MenuButton} label=${t("about_person", { name: person.first_name })} icon="more" items=${() => personMenu(person, setForm, onClose && (() => onClose(at)), error)} />
    </header>
    ${groups.length > 0 && html`<${Chats} world=${world} person=${person} groups=${groups} chat=${chat} onOpen=${open} />`}
    <div class="chat-header">
      <${Avatar} id=${group ? group.id : world.bot.id} name=${title} bot=${!group} small />
      <div>
        <b>${title}</b>
        <small aria-live="polite">${typing && (!forum || (typing.thread ?? 0) === thread) ? html`<span class="typing">${t(`does_${typing.action}`)}</span>` : group ? subtitle(group, shown) : t("bot")}</small>
      </div>
    </div>
    ${forum && html`<${Topics} group=${forum} messages=${messages} thread=${thread} onOpen=${(id) => (setThread(id), quiet())} onAdd=${() => setForm("topic")} />`}
    <${Log}
      key=${`${person.id}:${chat}:${thread}`}
      person=${person.id}
      chat=${chat}
      thread=${forum ? thread : undefined}
      messages=${messages}
      more=${more}
      waiting=${waiting}
      named=${chat < 0}
      hidden=${hidden}
      label=${t("messages_with", { name: title })}
      on=${on}
      world=${world}
    />
    <div class="toast-frame" role="status">${answer && !answer.alert && html`<div class="toast">${answer.text}</div>`}</div>
    ${answer?.alert && html`<${Alert} text=${answer.text} onClose=${() => world.dismiss(person.id)} />`}
    ${started && !person.deactivated
      ? html`<${Composer}
          person=${person}
          chat=${chat}
          where=${where}
          commands=${chat < 0 ? (group?.commands ?? NONE) : person.commands}
          keyboard=${world.keyboards.get(chat)}
          samples=${world.samples}
          reply=${reply}
          editing=${editing}
          on=${composing}
        />`
      : html`<${NotStarted} bot=${world.bot} person=${person} onStart=${() => acts.start(person.id).catch(error)} />`}
    ${dragging && html`<div class="drop-here" aria-hidden="true">${t("drop_here")}</div>`}
    ${files && html`<${SendFiles} person=${person.id} files=${files} where=${{ ...where, ...(reply ? { reply_to: reply.message_id } : {}) }} onClose=${() => (setFiles(null), quiet())} onError=${error} />`}
    ${form === "rename" && html`<${Rename} person=${person} onClose=${() => setForm(null)} />`}
    ${form === "language" &&
    html`<${Form}
      title=${t("language_of", { name: person.first_name })}
      fields=${[{ name: "language_code", label: t("telegram_language"), value: person.language_code ?? "", options: TELEGRAM_LANGUAGES }]}
      done=${t("save")}
      onDone=${({ language_code }) => acts.know({ ...described(person), language_code: language_code || null })}
      onClose=${() => setForm(null)}
    />`}
    ${form === "topic" &&
    html`<${Form}
      title=${t("add_topic")}
      fields=${[{ name: "name", label: t("name"), required: true, maxlength: 128 }]}
      done=${t("add")}
      onDone=${({ name }) => acts.addTopic(chat, name)}
      onClose=${() => setForm(null)}
    />`}
    ${form?.samples && html`<${Samples} samples=${form.samples} give=${form.give} onClose=${() => setForm(null)} />`}
  </section>`;
});

const NONE = [];
const badge = (count) => (count ? t("unread_count", { count }) : "");

/** Which buttons of which message this person waits for: message id → data. */
function useWaiting(world, person, chat) {
  return useMemo(() => {
    const waiting = new Map();
    for (const press of world.presses.values()) {
      if (press.person !== person || press.chat !== chat) continue;
      waiting.set(press.message_id, [...(waiting.get(press.message_id) ?? []), press.data]);
    }
    return waiting.size ? waiting : null;
  }, [world.presses, person, chat]);
}

/** What `POST people` takes of somebody. */
export const described = ({ id, first_name, last_name, username, language_code, about }) => ({ id, first_name, last_name, username, language_code, about });

function subtitle(group, topic) {
  if (group.kicked) return t("kicked");
  return topic ? t("topic_of", { topic }) : t(`group_${group.type}`);
}

function personMenu(person, setForm, onClose, error) {
  return [
    { label: t("rename"), icon: "pencil", act: () => setForm("rename") },
    { label: t("language"), icon: "theme", act: () => setForm("language") },
    { label: t(person.blocked ? "unblock" : "block"), icon: "close", act: () => acts.block(person.id, !person.blocked).catch(error) },
    ...(onClose ? [null, { label: t("close_column"), icon: "close", act: onClose }] : []),
  ];
}

function Rename({ person, onClose }) {
  return html`<${Form}
    title=${t("rename")}
    fields=${[
      { name: "first_name", label: t("first_name"), value: person.first_name, required: true, maxlength: 64 },
      { name: "last_name", label: t("last_name"), value: person.last_name ?? "", maxlength: 64 },
      { name: "about", label: t("about"), value: person.about ?? "", maxlength: 70 },
    ]}
    done=${t("save")}
    onDone=${(given) => acts.know({ ...described(person), first_name: given.first_name, last_name: given.last_name || null, about: given.about || null })}
    onClose=${onClose}
  />`;
}

function Chats({ world, person, groups, chat, onOpen }) {
  const all = [[person.id, fullName(world.bot)], ...groups.map((group) => [group.id, group.title])];
  return html`<nav class="chats" aria-label=${t("chats")}>
    ${all.map(([id, name]) => {
      const unread = id === chat ? 0 : unreadOf(world, person.id, id);
      return html`<button type="button" key=${id} aria-current=${id === chat ? "true" : undefined} onClick=${() => onOpen(id)}>
        ${name} ${unread > 0 && html`<span class="badge">${unread}<span class="visually-hidden"> ${t("unread")}</span></span>`}
      </button>`;
    })}
  </nav>`;
}

function Topics({ group, messages, thread, onOpen, onAdd }) {
  return html`<nav class="chats topics" aria-label=${t("topics")}>
    ${[{ message_thread_id: 0, name: t("general") }, ...group.topics].map(
      ({ message_thread_id, name, closed, icon_color }) => html`<button type="button" key=${message_thread_id} aria-current=${message_thread_id === thread ? "true" : undefined} onClick=${() => onOpen(message_thread_id)}>
        <span class="hash" style=${icon_color ? `color:#${icon_color.toString(16).padStart(6, "0")}` : ""} aria-hidden="true">#</span> ${name}${closed ? " 🔒" : ""}
      </button>`,
    )}
    <button type="button" aria-label=${t("add_topic")} onClick=${onAdd}>+</button>
  </nav>`;
}

function NotStarted({ bot, person, onStart }) {
  const language = person.language_code?.slice(0, 2) ?? "";
  const description = bot.description?.[language] || bot.description?.[""];
  return html`<div class="not-started">
    ${person.deactivated ? html`<p>${t("deactivated")}</p>` : html`${description && html`<p>${description}</p>`}<button type="button" class="start" onClick=${onStart}>START</button>`}
  </div>`;
}

function Alert({ text, onClose }) {
  const button = useRef(null);
  useEffect(() => {
    const before = document.activeElement;
    button.current.focus();
    return () => before?.isConnected && before.focus();
  }, []);
  return html`<div class="alert-frame">
    <div class="alert" role="alertdialog" aria-modal="true" aria-label=${text} onKeyDown=${(event) => event.key === "Escape" && onClose()}>
      <p>${text}</p>
      <button type="button" ref=${button} class="primary" onClick=${onClose}>OK</button>
    </div>
  </div>`;
}

function Samples({ samples, give, onClose }) {
  return html`<${Dialog} title=${t("sample_photos")} onClose=${onClose} class="samples">
    <ul class="previews">
      ${samples.map(
        (one) => html`<li key=${one.name}>
          <button type="button" onClick=${() => (onClose(), give(one))}>
            <img src=${one.url} alt="" loading="lazy" /><span>${one.title[document.documentElement.lang] ?? one.title.en}</span>
          </button>
        </li>`,
      )}
    </ul>
  <//>`;
}
