// What this browser remembers: columns, theme, language, what was read, drafts, where one had scrolled to.

const KEY = "zavhoz.page";
const DEFAULTS = { columns: null, theme: "auto", language: null, drawer: false, tab: "way", read: {}, drafts: {}, views: {} };
const listeners = new Set();

export let prefs = Object.freeze({ ...DEFAULTS, ...stored() });

function stored() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {}; // a browser without storage, or another version's words: begin anew
  }
}

/** Remember something from now on. */
export function remember(change) {
  prefs = Object.freeze({ ...prefs, ...change });
  try {
    localStorage.setItem(KEY, JSON.stringify(prefs));
  } catch {
    // full or forbidden: it holds until the page is left
  }
  for (const listener of listeners) listener();
}

export function onPrefs(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** What belongs to one person's view of one chat, and to a topic in it. */
export const viewKey = (person, chat, thread) => `${person}:${chat}${thread ? `:${thread}` : ""}`;

/** Up to which message a person has read a chat. */
export const readUpTo = (person, chat) => prefs.read[viewKey(person, chat)] ?? 0;

export function markRead(person, chat, message_id) {
  const key = viewKey(person, chat);
  if ((prefs.read[key] ?? 0) < message_id) remember({ read: { ...prefs.read, [key]: message_id } });
}

/** Whatever was said to and by others is forgotten: a stand-in that starts anew begins with new ids. */
export function forgetRun(run) {
  if (prefs.run === run) return;
  remember({ run, read: {}, drafts: {}, views: {} });
}
