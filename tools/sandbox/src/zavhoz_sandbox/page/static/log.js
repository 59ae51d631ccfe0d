// The messages of one chat as one person sees them: newest at the bottom, older ones fetched on the way up.

import { classes, html, memo, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "./dom.js";
import * as acts from "./acts.js";
import { Bubble } from "./bubble.js";
import { Icon } from "./icons.js";
import { markRead, prefs, readUpTo, remember, viewKey } from "./prefs.js";
import { day, t } from "./texts.js";

const NEAR_PX = 60;
const OLDER_FROM_PX = 600;
const TOGETHER_SECONDS = 600;
const BLOCK = 64;
const SETTLING_FRAMES = 3;

const days = new WeakMap();

/** The day of a message, remembered: dates are slow to make, and there may be thousands. */
function dayOf(message) {
  if (!days.has(message)) days.set(message, new Date(message.date * 1000).toDateString());
  return days.get(message);
}

/** Messages as they are drawn: albums in one piece, days apart, who speaks for the first time in a row. */
function pieces(messages) {
  const drawn = [];
  let last = null;
  for (const message of messages) {
    const album = message.media_group_id;
    if (album && last?.album === album && last.from === message.from.id) {
      last.messages.push(message);
      continue;
    }
    const date = dayOf(message);
    if (last?.date !== date) drawn.push({ day: message.date, key: `day ${date} ${message.message_id}` });
    const soon = last && last.date === date && message.date - last.at < TOGETHER_SECONDS;
    last = { key: message.message_id, messages: [message], album, from: message.from.id, date, at: message.date, first: !soon || last.from !== message.from.id };
    drawn.push(last);
  }
  return drawn;
}

/** Pieces in blocks by the ids of their messages; a block in which nothing has changed stays the same object. */
function useBlocks(drawn) {
  const before = useRef(new Map());
  return useMemo(() => {
    const blocks = new Map();
    let day = null;
    for (const piece of drawn) {
      if (piece.day) {
        day = piece;
        continue;
      }
      const key = Math.floor(piece.key / BLOCK);
      if (!blocks.has(key)) blocks.set(key, { key, pieces: [] });
      if (day) blocks.get(key).pieces.push(day);
      day = null;
      blocks.get(key).pieces.push(piece);
    }
    for (const [key, block] of blocks) {
      const old = before.current.get(key);
      if (old?.pieces.length === block.pieces.length && old.pieces.every((one, at) => same(one, block.pieces[at]))) {
        blocks.set(key, old);
      }
    }
    before.current = blocks;
    return [...blocks.values()];
  }, [drawn]);
}

const same = (a, b) =>
  a.key === b.key &&
  a.first === b.first &&
  (a.day !== undefined || (a.messages.length === b.messages.length && a.messages.every((one, at) => one === b.messages[at])));

const Block = memo(({ pieces, person, named, firstUnread, waiting, on }) => {
  return html`<div class="block">
    ${pieces.flatMap((piece) => [
      piece.key === firstUnread && html`<p class="unread-line" key="unread">${t("unread_messages")}</p>`,
      piece.day
        ? html`<p class="service day" key=${piece.key}>${day(piece.day)}</p>`
        : html`<${Bubble}
            key=${piece.key}
            messages=${piece.messages}
            mine=${piece.from === person}
            first=${piece.first}
            named=${named && piece.first}
            waiting=${waiting?.get(piece.key)}
            on=${on}
          />`,
    ])}
  </div>`;
});

export const Log = memo(({ person, chat, thread, messages, more, waiting, named, hidden, label, on, world }) => {
  const box = useRef(null);
  const inner = useRef(null);
  const stuck = useRef(true);
  const loading = useRef(false);
  const [below, setBelow] = useState(false);
  const key = viewKey(person, chat, thread);
  const shown = useMemo(
    () => (thread === undefined ? messages : messages.filter((one) => (one.is_topic_message ? one.message_thread_id : 0) === thread)),
    [messages, thread],
  );
  const newest = shown.at(-1)?.message_id ?? 0;
  const drawn = useMemo(() => pieces(shown), [shown]);
  const blocks = useBlocks(drawn);
  // Where the line "unread" stands is decided when the chat is opened, and stays while one reads.
  const unreadAfter = useMemo(() => readUpTo(person, chat), [person, chat, thread]);
  const firstUnread = useMemo(
    () => (unreadAfter ? drawn.find((one) => one.messages?.[0].message_id > unreadAfter && one.from !== person)?.key : undefined),
    [drawn, unreadAfter],
  );
  const openedAt = useRef(newest);

  const seen = useCallback(() => {
    if (!hidden && !document.hidden && stuck.current && newest) markRead(person, chat, newest);
  }, [person, chat, newest, hidden]);

  useLayoutEffect(() => {
    const view = prefs.views[key];
    const element = view && inner.current.querySelector(`[data-id="${view.id}"]`);
    const mark = inner.current.querySelector(".unread-line");
    const place = () => {
      if (element) box.current.scrollTop += element.getBoundingClientRect().top - box.current.getBoundingClientRect().top - view.top;
      else if (mark) mark.scrollIntoView({ block: "center" });
      else box.current.scrollTop = box.current.scrollHeight;
      stuck.current = atBottom(box.current);
      setBelow(!stuck.current);
    };
    place();
    // How tall messages are is guessed until they have been in sight: what came into sight by this has its true size next.
    let frames = SETTLING_FRAMES;
    let frame = requestAnimationFrame(function again() {
      place();
      if (--frames) frame = requestAnimationFrame(again);
    });
    // What is at the bottom stays there while pictures come and keyboards grow.
    const observer = new ResizeObserver(() => {
      if (stuck.current) box.current.scrollTop = box.current.scrollHeight;
    });
    observer.observe(inner.current);
    observer.observe(box.current);
    return () => (cancelAnimationFrame(frame), observer.disconnect());
  }, [key]);

  useLayoutEffect(() => {
    const mine = shown.at(-1)?.from.id === person;
    if (stuck.current || (mine && newest > openedAt.current)) {
      stuck.current = true;
      box.current.scrollTop = box.current.scrollHeight;
    }
    openedAt.current = newest;
    seen();
  }, [newest]);

  useEffect(() => {
    seen();
    document.addEventListener("visibilitychange", seen);
    return () => document.removeEventListener("visibilitychange", seen);
  }, [seen]);

  const older = async () => {
    if (loading.current || !more || !messages.length) return;
    loading.current = true;
    try {
      const page = await acts.history(chat, messages[0].message_id);
      const { scrollHeight, scrollTop } = box.current;
      world.prepend(chat, page);
      requestAnimationFrame(() => {
        const grown = box.current ? box.current.scrollHeight - scrollHeight : 0;
        if (box.current && box.current.scrollTop < scrollTop + grown) box.current.scrollTop = scrollTop + grown;
        loading.current = false;
      });
    } catch (problem) {
      loading.current = false;
      world.tell(person, problem.message);
    }
  };

  const settled = useRef(null);
  const onScroll = () => {
    const at = box.current;
    stuck.current = atBottom(at);
    setBelow(!stuck.current);
    if (at.scrollTop < OLDER_FROM_PX) older();
    if (stuck.current) seen();
    clearTimeout(settled.current);
    settled.current = setTimeout(() => remember({ views: viewed(key, box.current, inner.current, stuck.current) }), 200);
  };

  const toBottom = () => {
    stuck.current = true;
    box.current.scrollTo({ top: box.current.scrollHeight });
    setBelow(false);
    seen();
  };

  const onKeyDown = (event) => {
    const all = [...inner.current.querySelectorAll("article")];
    const at = all.indexOf(document.activeElement);
    if (event.target !== box.current && at < 0) return;
    if (event.key === "ArrowUp") (all[at < 0 ? all.length - 1 : Math.max(0, at - 1)])?.focus();
    else if (event.key === "ArrowDown" && at >= 0) all[Math.min(all.length - 1, at + 1)].focus();
    else if (event.key === "End") toBottom();
    else return;
    event.preventDefault();
  };

  const find = useCallback((id) => {
    const element = inner.current.querySelector(`[data-id="${id}"]`);
    if (!element) return;
    element.scrollIntoView({ block: "center" });
    element.classList.remove("found");
    void element.offsetWidth; // so that the same one flashes again
    element.classList.add("found");
  }, []);
  const able = useMemo(() => ({ ...on, find }), [on, find]);
  const unread = below ? shown.filter((one) => one.message_id > readUpTo(person, chat) && one.from.id !== person).length : 0;

  return html`<div class="log-frame">
    <div class="log" role="log" aria-label=${label} tabindex="0" ref=${box} onScroll=${onScroll} onKeyDown=${onKeyDown}>
      <div class="log-inner" ref=${inner}>
        ${!drawn.length && html`<p class="service">${t("no_messages")}</p>`}
        ${blocks.map(
          ({ key, pieces }) => html`<${Block}
            key=${key}
            pieces=${pieces}
            person=${person}
            named=${named}
            firstUnread=${pieces.some((piece) => piece.key === firstUnread) ? firstUnread : undefined}
            waiting=${waiting}
            on=${able}
          />`,
        )}
      </div>
    </div>
    <button type="button" class=${classes("to-bottom", !below && "away")} tabindex=${below ? undefined : "-1"} aria-hidden=${!below} aria-label=${t("to_newest")} onClick=${toBottom}>
      <${Icon} name="down" />
      ${unread > 0 && html`<span class="badge">${unread}</span>`}
    </button>
  </div>`;
});

const atBottom = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;

/** Where one has scrolled to: the first message that can be seen, and how far below the edge it begins. */
function viewed(key, box, inner, stuck) {
  const { [key]: _, ...others } = prefs.views;
  if (stuck || !box) return others;
  const edge = box.getBoundingClientRect().top;
  const first = [...inner.querySelectorAll("article")].find((one) => one.getBoundingClientRect().bottom > edge);
  return first ? { ...others, [key]: { id: Number(first.dataset.id), top: first.getBoundingClientRect().top - edge } } : others;
}
