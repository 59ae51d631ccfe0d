// The page: a column for each person who is shown, the bar above them, and the drawer.

import * as acts from "./acts.js";
import { classes, html, useCallback, useLayoutEffect, useMemo, useState } from "./dom.js";
import { Column, unreadOf } from "./column.js";
import { Dialog, Form } from "./dialog.js";
import { Drawer } from "./drawer.js";
import { Icon } from "./icons.js";
import { MenuButton } from "./menu.js";
import { Avatar, fullName } from "./people.js";
import { forgetRun, onPrefs, prefs, remember } from "./prefs.js";
import { LANGUAGES, language, t } from "./texts.js";

const COLUMNS_AT_FIRST = 3;
const NARROW = matchMedia("(max-width: 719px)");
const THEMES = ["auto", "light", "dark"];

function useVersion(world) {
  const [version, setVersion] = useState(0);
  // Before anything can come by the feed: what nobody has heard of is not drawn.
  useLayoutEffect(() => {
    const next = () => setVersion((now) => now + 1);
    const ends = [world.subscribe(next), onPrefs(() => world.changed())];
    NARROW.addEventListener("change", next);
    return () => (ends.forEach((end) => end()), NARROW.removeEventListener("change", next));
  }, [world]);
  return version;
}

/** Who is shown: those that were chosen and are still there, else the first ones. */
function shownPeople(world) {
  const chosen = prefs.columns?.filter((id) => world.people.has(id));
  return chosen?.length ? chosen : [...world.people.keys()].slice(0, COLUMNS_AT_FIRST);
}

export function App({ world }) {
  const version = useVersion(world);
  const [front, setFront] = useState(0);
  const [form, setForm] = useState(null);
  const [photo, setPhoto] = useState(null);
  const [way, setWay] = useState(null);
  const narrow = NARROW.matches;

  useLayoutEffect(() => {
    document.documentElement.lang = language();
    document.documentElement.dataset.theme = prefs.theme;
    document.title = t("title");
  }, [language(), prefs.theme]);
  useLayoutEffect(() => {
    if (world.loaded) forgetRun(world.run);
  }, [world.run]);

  const columns = world.loaded ? shownPeople(world) : [];
  const at = Math.min(front, Math.max(0, columns.length - 1));
  const show = (list) => remember({ columns: list });
  const switchTo = useCallback((place, id) => show(shownPeople(world).with(place, id)), [world]);
  const close = useCallback((place) => show(shownPeople(world).toSpliced(place, 1)), [world]);
  const showWay = useCallback((message) => {
    setWay({ message });
    remember({ drawer: true, tab: "way" });
  }, []);
  const hidden = [...world.people.values()].filter(({ id }) => !columns.includes(id));
  const others = useMemo(() => hidden, [hidden.map(({ id }) => id).join(), world.people]);

  return html`
    <header class="bar">
      <img src="/page/icon.svg" alt="" width="28" height="28" />
      <h1>${t("heading")}</h1>
      <span class="about-page">${t("subheading")}</span>
      <span class=${classes("connection", world.connected && "well")} role="status">${world.connected ? "" : t(world.loaded ? "reconnecting" : "connecting")}</span>
      <span class="bar-space"></span>
      <${MenuButton}
        label=${t("add_person")}
        icon="addPerson"
        items=${() => [
          ...others.map((one) => ({ label: fullName(one), note: [one.about, unread(world, one)].filter(Boolean).join(" · "), act: () => (show([...columns, one.id]), setFront(columns.length)) })),
          ...(others.length ? [null] : []),
          { label: t("new_person"), icon: "addPerson", act: () => setForm("person") },
        ]}
      />
      <button type="button" class="icon-button" aria-label=${t("add_group")} title=${t("add_group")} onClick=${() => setForm("group")}><${Icon} name="group" /></button>
      <${MenuButton}
        label=${t("theme")}
        icon="theme"
        items=${() => [
          ...THEMES.map((theme) => ({ label: t(`theme_${theme}`), checked: prefs.theme === theme, act: () => remember({ theme }) })),
          null,
          ...Object.entries(LANGUAGES).map(([code, label]) => ({ label, checked: language() === code, act: () => remember({ language: code }) })),
        ]}
      />
      <button type="button" class="icon-button labelled" aria-pressed=${prefs.drawer} aria-label=${t("under_the_hood")} onClick=${() => remember({ drawer: !prefs.drawer })}>
        <${Icon} name="hood" /><span>${t("under_the_hood")}</span>
      </button>
    </header>
    ${narrow && columns.length > 0 && html`<${Tabs} world=${world} columns=${columns} at=${at} onShow=${setFront} />`}
    <div class="stage">
      <main class="columns" aria-label=${t("people")} aria-busy=${!world.loaded}>
        ${world.loaded && !columns.length && html`<${Nobody} onAdd=${() => setForm("person")} />`}
        ${columns.map(
          (id, place) => html`<${Column}
            key=${place}
            at=${place}
            person=${world.people.get(id)}
            others=${others}
            world=${world}
            version=${version}
            hidden=${narrow && place !== at}
            onSwitch=${switchTo}
            onClose=${columns.length > 1 ? close : null}
            onPhoto=${setPhoto}
            onWay=${showWay}
          />`,
        )}
      </main>
      ${prefs.drawer && html`<${Drawer} world=${world} version=${version} wanted=${way} onWanted=${setWay} />`}
    </div>
    ${form === "person" && html`<${AddPerson} world=${world} onAdded=${(id) => (show([...columns, id]), setFront(columns.length))} onClose=${() => setForm(null)} />`}
    ${form === "group" && html`<${AddGroup} world=${world} onClose=${() => setForm(null)} />`}
    ${photo && html`<${Viewer} message=${photo} onClose=${() => setPhoto(null)} />`}
  `;
}

const unread = (world, { id }) => {
  const count = unreadOf(world, id, id);
  return count ? t("unread_count", { count }) : "";
};

function Nobody({ onAdd }) {
  return html`<div class="nobody">
    <p>${t("nobody")}</p>
    <button type="button" class="primary" onClick=${onAdd}>${t("add_person")}</button>
  </div>`;
}

function Tabs({ world, columns, at, onShow }) {
  return html`<nav class="tabs" aria-label=${t("people")}>
    ${columns.map((id, place) => {
      const person = world.people.get(id);
      const count = place === at ? 0 : unreadOf(world, id, id);
      return html`<button type="button" key=${id} aria-current=${place === at ? "true" : undefined} onClick=${() => onShow(place)}>
        <${Avatar} id=${id} name=${fullName(person)} small /> ${person.first_name}
        ${count > 0 && html`<span class="badge">${count}<span class="visually-hidden"> ${t("unread")}</span></span>`}
      </button>`;
    })}
  </nav>`;
}

function AddPerson({ world, onAdded, onClose }) {
  const add = async ({ first_name, last_name, about, language_code }) => {
    const id = Math.max(700_000, ...world.people.keys()) + 1;
    await acts.know({ id, first_name, last_name: last_name || null, about: about || null, language_code });
    onAdded(id);
  };
  return html`<${Form}
    title=${t("new_person")}
    fields=${[
      { name: "first_name", label: t("first_name"), required: true, maxlength: 64 },
      { name: "last_name", label: t("last_name"), maxlength: 64 },
      { name: "about", label: t("about"), maxlength: 70 },
      { name: "language_code", label: t("telegram_language"), value: language(), options: LANGUAGES },
    ]}
    done=${t("add")}
    onDone=${add}
    onClose=${onClose}
  />`;
}

function AddGroup({ world, onClose }) {
  const add = ({ title, is_forum }) =>
    acts.found({ id: Math.min(-1_001_000_000_000, ...world.groups.keys()) - 1, title, type: "supergroup", is_forum });
  return html`<${Form}
    title=${t("add_group")}
    fields=${[
      { name: "title", label: t("name"), required: true, maxlength: 128 },
      { name: "is_forum", label: t("with_topics"), type: "checkbox" },
    ]}
    done=${t("add")}
    onDone=${add}
    onClose=${onClose}
  />`;
}

function Viewer({ message, onClose }) {
  const { file_id, width, height } = message.photo.at(-1);
  return html`<${Dialog} title=${message.caption ?? t("kind_photo")} onClose=${onClose} class="viewer">
    <img src=${acts.fileUrl(file_id)} width=${width} height=${height} alt=${message.caption ?? t("kind_photo")} />
    <div class="dialog-buttons"><button type="button" class="primary" onClick=${onClose}>${t("close")}</button></div>
  <//>`;
}
