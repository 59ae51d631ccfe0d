// The page's own words, in the language that was chosen, else in the browser's.

import { prefs } from "./prefs.js";

export const LANGUAGES = { en: "English", ru: "Русский" };
const files = {};

export async function loadTexts() {
  await Promise.all(
    Object.keys(LANGUAGES).map(async (language) => {
      const response = await fetch(`/page/texts/${language}.json`);
      files[language] = await response.json();
    }),
  );
}

export function language() {
  if (prefs.language in LANGUAGES) return prefs.language;
  const wanted = navigator.languages?.map((one) => one.slice(0, 2)) ?? [];
  return wanted.find((one) => one in LANGUAGES) ?? "en";
}

/** The text of this name; `{word}` stands for a value. Where there are plural forms, `count` chooses among them. */
export function t(name, values = {}) {
  let text = files[language()][name] ?? files.en[name];
  if (text === undefined) throw new Error(`there is no text ${name}`);
  if (typeof text === "object") text = text[new Intl.PluralRules(language()).select(values.count)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

const formats = new Map();
function format(key, options) {
  const id = `${language()}:${key}`;
  if (!formats.has(id)) formats.set(id, new Intl.DateTimeFormat(language() === "en" ? "en-GB" : "ru", options));
  return formats.get(id);
}

/** 14:05 */
export const clock = (seconds) => format("clock", { hour: "2-digit", minute: "2-digit" }).format(seconds * 1000);
/** 14:05:09.123 */
export const precise = (ms) =>
  format("precise", { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 }).format(ms);

/** Today, yesterday, or the date. */
export function day(seconds) {
  const date = new Date(seconds * 1000);
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(date).setHours(0, 0, 0, 0)) / 86_400_000);
  if (days === 0 || days === 1) {
    const said = new Intl.RelativeTimeFormat(language(), { numeric: "auto" }).format(-days, "day");
    return said[0].toUpperCase() + said.slice(1);
  }
  return format("day", { weekday: "short", day: "numeric", month: "long" }).format(date);
}

/** 12 ms, 1.25 s */
export const duration = (ms) =>
  ms < 1000 ? t("milliseconds", { count: ms < 10 ? ms.toFixed(1) : Math.round(ms) }) : t("seconds", { count: (ms / 1000).toFixed(2) });

/** 640 B, 12 KB, 3.4 MB */
export function size(bytes) {
  const units = t("units").split(" ");
  const at = bytes < 1024 ? 0 : bytes < 1024 ** 2 ? 1 : 2;
  const value = bytes / 1024 ** at;
  return `${at === 2 ? value.toFixed(1) : Math.round(value)} ${units[at]}`;
}
