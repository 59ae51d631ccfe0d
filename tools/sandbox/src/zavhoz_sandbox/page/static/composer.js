// Where one writes: text, files, samples to play with, the bot's commands and its reply keyboard.

import * as acts from "./acts.js";
import { classes, html, memo, useEffect, useLayoutEffect, useRef, useState } from "./dom.js";
import { Icon } from "./icons.js";
import { MenuButton } from "./menu.js";
import { summary } from "./people.js";
import { prefs, remember, viewKey } from "./prefs.js";
import { language, t } from "./texts.js";

const SCHOOL = { latitude: 55.75393, longitude: 37.62079 };
const ROOM = "loc_214";
const ALBUM_OF = 3;

export const Composer = memo(({ person, chat, where, commands, keyboard, samples, reply, editing, on }) => {
  const key = viewKey(person.id, chat, where.message_thread_id);
  const [text, setText] = useState(prefs.drafts[key] ?? "");
  const [keysShown, setKeysShown] = useState(true);
  const [chosen, setChosen] = useState(0);
  const area = useRef(null);
  const picker = useRef(null);

  useEffect(() => setText(prefs.drafts[key] ?? ""), [key]);
  useEffect(() => setKeysShown(true), [keyboard]);
  useEffect(() => {
    if (editing) setText(editing.text ?? editing.caption ?? "");
    if (editing || reply) area.current?.focus();
  }, [editing, reply]);
  useLayoutEffect(() => {
    if (!area.current) return;
    area.current.style.height = "auto";
    area.current.style.height = `${Math.min(area.current.scrollHeight, 160)}px`;
  }, [text]);

  const write = (value) => {
    setText(value);
    setChosen(0);
    if (!editing) remember({ drafts: value ? { ...prefs.drafts, [key]: value } : dropped(prefs.drafts, key) });
  };
  const able = async (act) => {
    try {
      await act();
      on.sent();
      return true;
    } catch (problem) {
      on.error(problem);
      return false;
    }
  };
  const to = { ...where, ...(reply ? { reply_to: reply.message_id } : {}) };
  const send = async (value = text) => {
    const said = value.trim();
    if (!said) return;
    if (editing ? await able(() => acts.edit(person.id, editing.message_id, said, where)) : await able(() => acts.say(person.id, said, to))) {
      write("");
      area.current?.focus();
    }
  };

  const word = /^\/(\w*)$/.exec(text)?.[1];
  const offered = word === undefined ? [] : commands.filter(({ command }) => command.startsWith(word.toLowerCase()));

  const onKeyDown = (event) => {
    if (offered.length && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      setChosen((chosen + (event.key === "ArrowDown" ? 1 : -1) + offered.length) % offered.length);
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      send(offered.length ? `/${offered[chosen].command}` : text);
    } else if (event.key === "Escape" && (reply || editing)) {
      on.sent();
      if (editing) setText(prefs.drafts[key] ?? "");
    } else if (event.key === "ArrowUp" && !text && !editing) {
      on.editLast();
    } else return;
    event.preventDefault();
  };

  const of = (kind) => samples.filter((one) => one.kind === kind);
  const give = (list, extra) => async () => {
    const parts = await Promise.all(
      list.map(async ({ kind, name, mime_type, duration, width, height, length }) => {
        const content = await acts.sample(samples.find((one) => one.name === name));
        return kind === "photo" ? { kind, content } : { kind, content, mime_type, ...(kind === "document" ? { file_name: `${name}.pdf` } : { duration, width, height, length }), ...extra };
      }),
    );
    await acts.send(person.id, parts, to);
  };
  const attachments = () => [
    { label: t("photo_or_file"), icon: "file", act: () => picker.current.click() },
    ...(of("photo").length ? [{ label: t("sample_photos"), icon: "photo", act: () => on.samples(of("photo"), (one) => able(give([one]))) }] : []),
    ...(of("photo").length >= ALBUM_OF ? [{ label: t("album_of_three"), icon: "photo", act: () => able(give(of("photo").slice(0, ALBUM_OF))) }] : []),
    ...(of("voice").length ? [{ label: t("kind_voice"), icon: "voice", act: () => able(give(of("voice").slice(0, 1))) }] : []),
    ...(of("video").length ? [{ label: t("kind_video"), icon: "play", act: () => able(give(of("video").slice(0, 1))) }] : []),
    ...(of("video_note").length ? [{ label: t("kind_video_note"), icon: "play", act: () => able(give(of("video_note").slice(0, 1))) }] : []),
    ...(of("document").length ? [{ label: t("kind_document"), icon: "file", act: () => able(give(of("document").slice(0, 1))) }] : []),
    { label: t("kind_location"), icon: "pin", act: () => able(() => acts.locate(person.id, SCHOOL, to)) },
    ...(chat > 0 ? [null, { label: t("scan_qr"), icon: "qr", act: () => able(() => acts.start(person.id, ROOM)) }] : []),
  ];

  const rows = keysShown && keyboard?.keyboard;
  return html`<div class="composer-frame">
    ${(reply || editing) &&
    html`<div class="composer-about">
      <${Icon} name=${editing ? "pencil" : "reply"} />
      <span><b>${t(editing ? "editing" : "replying", { name: (reply ?? editing).from.first_name })}</b><span>${summary(reply ?? editing).slice(0, 120)}</span></span>
      <button type="button" class="icon-button" aria-label=${t("cancel")} onClick=${() => (on.sent(), editing && setText(prefs.drafts[key] ?? ""))}><${Icon} name="close" /></button>
    </div>`}
    ${offered.length > 0 &&
    html`<ul class="offered" role="listbox" id=${`offered-${key}`} aria-label=${t("commands")}>
      ${offered.map(
        ({ command, description }, at) => html`<li key=${command} id=${`offered-${key}-${at}`} role="option" aria-selected=${at === chosen} onPointerDown=${(event) => (event.preventDefault(), send(`/${command}`))}>
          <b>/${command}</b> <span>${description}</span>
        </li>`,
      )}
    </ul>`}
    <form class="composer" onSubmit=${(event) => (event.preventDefault(), send())}>
      ${commands.length > 0 &&
      html`<${MenuButton} label=${t("commands")} icon="commands" class="commands-button" menuClass="up" items=${() => commands.map(({ command, description }) => ({ label: `/${command}`, note: description, act: () => able(() => acts.say(person.id, `/${command}`, to)) }))} />`}
      <${MenuButton} label=${t("attach")} icon="attach" menuClass="up" items=${attachments} />
      <input type="file" multiple hidden ref=${picker} onChange=${({ target }) => (on.files([...target.files]), (target.value = ""))} />
      <textarea
        ref=${area}
        rows="1"
        aria-label=${t("message")}
        placeholder=${keyboard?.input_field_placeholder ?? t("message")}
        value=${text}
        lang=${person.language_code ?? language()}
        aria-controls=${offered.length ? `offered-${key}` : undefined}
        aria-activedescendant=${offered.length ? `offered-${key}-${chosen}` : undefined}
        onInput=${({ target }) => write(target.value)}
        onKeyDown=${onKeyDown}
        onPaste=${(event) => {
          if (!event.clipboardData.files.length) return;
          event.preventDefault();
          on.files([...event.clipboardData.files]);
        }}
      ></textarea>
      ${keyboard?.keyboard &&
      html`<button type="button" class="icon-button" aria-label=${t("keyboard")} aria-pressed=${keysShown} onClick=${() => setKeysShown(!keysShown)}><${Icon} name="keyboard" /></button>`}
      <button type="submit" class="icon-button send" aria-label=${t("send")} title=${t("send")} disabled=${!text.trim()}><${Icon} name="send" /></button>
    </form>
    ${rows &&
    html`<div class="reply-keyboard" role="group" aria-label=${t("keyboard")}>
      ${rows.map(
        (row, at) => html`<div class="keys" key=${at}>
          ${row.map((button) => {
            const label = typeof button === "string" ? button : button.text;
            return html`<button
              type="button"
              class=${classes("key")}
              onClick=${() => able(() => acts.say(person.id, label, to)).then((ok) => ok && keyboard.one_time_keyboard && setKeysShown(false))}
            >
              ${label}
            </button>`;
          })}
        </div>`,
      )}
    </div>`}
  </div>`;
});

function dropped(drafts, key) {
  const { [key]: _, ...others } = drafts;
  return others;
}
