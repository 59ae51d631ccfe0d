// What the page knows: everything that came by the feed. Values are replaced and never changed in place, so that
// whoever kept one sees by its identity whether something is new.

const CALLS_KEPT = 500;
const UPDATES_KEPT = 500;
const WAYS_KEPT = 60;
const TYPING_MS = 5000;
const TOAST_MS = 4000;
const WITHOUT_FRAMES_MS = 150;

export class World {
  constructor() {
    this.run = null;
    this.seq = 0;
    this.connected = false;
    this.loaded = false;
    this.bot = null;
    this.people = new Map();
    this.groups = new Map();
    this.chats = new Map();
    this.keyboards = new Map();
    this.typing = new Map();
    this.presses = new Map();
    this.answers = new Map();
    this.faults = [];
    this.calls = [];
    this.updates = [];
    this.pending = 0;
    this.ways = [];
    this.samples = [];
    this._listeners = new Set();
    this._drawing = false;
    this._forgotten = new Set();
  }

  /** Call `listener` before the next frame after each change; returns what ends that. */
  subscribe(listener) {
    this._listeners.add(listener);
    return () => this._listeners.delete(listener);
  }

  changed() {
    if (this._drawing) return;
    this._drawing = true;
    const draw = () => {
      clearTimeout(late);
      cancelAnimationFrame(frame);
      this._drawing = false;
      for (const listener of this._listeners) listener();
    };
    // A page that nobody looks at gets no frames, and is to be up to date all the same.
    const late = setTimeout(draw, WITHOUT_FRAMES_MS);
    const frame = requestAnimationFrame(draw);
  }

  connection(connected) {
    this.connected = connected;
    this.changed();
  }

  /** Everything anew: the first thing a feed says, unless it goes on where the last one ended. */
  begin(snapshot) {
    this.run = snapshot.run;
    this.seq = snapshot.seq;
    this.bot = snapshot.bot;
    this.people = new Map(snapshot.people.map((person) => [person.id, person]));
    this.groups = new Map(snapshot.groups.map((group) => [group.id, group]));
    this.chats = new Map(Object.entries(snapshot.chats).map(([id, chat]) => [Number(id), { ...chat, loading: false }]));
    this.keyboards = new Map(Object.entries(snapshot.keyboards).map(([id, markup]) => [Number(id), markup]));
    this.typing = new Map();
    this.presses = new Map();
    this.faults = snapshot.faults;
    this.calls = snapshot.calls;
    this.updates = snapshot.updates;
    this.pending = snapshot.pending;
    this.ways = snapshot.ways;
    this.samples = snapshot.samples;
    this.loaded = true;
    this.changed();
  }

  /** One thing that is new. */
  take(entry) {
    this.seq = entry.seq;
    TAKE[entry.kind]?.(this, entry);
    this.changed();
  }

  chat(id) {
    return this.chats.get(id) ?? EMPTY_CHAT;
  }

  /** Put older messages before those that are here. */
  prepend(id, { messages, more }) {
    const chat = this.chat(id);
    const known = new Set(chat.messages.map((message) => message.message_id));
    const older = messages.filter((message) => !known.has(message.message_id));
    this._replace(this, "chats", id, { messages: [...older, ...chat.messages], more });
    this.changed();
  }

  /** What a person is told by the page itself, in the way in which a bot's answer to a press is shown. */
  tell(person, text, { alert = false, chat = person } = {}) {
    const answer = { text, alert, chat };
    this._replace(this, "answers", person, answer);
    if (!alert) this._later(TOAST_MS, () => this.answers.get(person) === answer && this.dismiss(person));
    this.changed();
  }

  dismiss(person) {
    this.answers = without(this.answers, person);
    this.changed();
  }

  _replace(world, field, key, value) {
    world[field] = new Map(world[field]).set(key, value);
  }

  _later(ms, act) {
    const timer = setTimeout(() => {
      this._forgotten.delete(timer);
      act();
    }, ms);
    this._forgotten.add(timer);
  }
}

const EMPTY_CHAT = Object.freeze({ messages: Object.freeze([]), more: false });

const TAKE = {
  person(world, { person }) {
    world._replace(world, "people", person.id, person);
  },
  group(world, { group }) {
    world._replace(world, "groups", group.id, group);
  },
  bot(world, { bot }) {
    world.bot = bot;
  },
  commands(world, { chats }) {
    const with_ = (map) => new Map([...map].map(([id, one]) => [id, { ...one, commands: chats[id] ?? [] }]));
    world.people = with_(world.people);
    world.groups = with_(world.groups);
  },
  message(world, { chat, message }) {
    const { messages, more } = world.chat(chat);
    const at = messages.findLastIndex((one) => one.message_id === message.message_id);
    const now = at < 0 ? [...messages, message] : messages.with(at, message);
    // Whoever spoke is not typing any more.
    if (at < 0) world.typing = without(world.typing, chat);
    world._replace(world, "chats", chat, { messages: now, more });
  },
  deleted(world, { chat, message_id }) {
    const { messages, more } = world.chat(chat);
    world._replace(world, "chats", chat, { messages: messages.filter((one) => one.message_id !== message_id), more });
  },
  pressed(world, press) {
    world._replace(world, "presses", press.press, press);
  },
  answered(world, { press, person, chat, text, alert }) {
    world.presses = without(world.presses, press);
    if (text) world.tell(person, text, { alert, chat });
  },
  typing(world, { chat, action, thread }) {
    const typing = { action, thread };
    world._replace(world, "typing", chat, typing);
    world._later(TYPING_MS, () => {
      if (world.typing.get(chat) !== typing) return;
      world.typing = without(world.typing, chat);
      world.changed();
    });
  },
  keyboard(world, { chat, markup }) {
    world.keyboards = markup ? new Map(world.keyboards).set(chat, markup) : without(world.keyboards, chat);
  },
  call(world, { call }) {
    world.calls = [...world.calls.slice(1 - CALLS_KEPT), call];
  },
  update(world, { update }) {
    world.updates = [...world.updates.slice(1 - UPDATES_KEPT), update];
    if (update.confirmed_ms === null) world.pending += 1;
  },
  confirmed(world, { update_ids, pending, at_ms }) {
    const ids = new Set(update_ids);
    world.pending = pending;
    world.updates = world.updates.map((one) =>
      ids.has(one.update.update_id) ? { ...one, confirmed_ms: at_ms ?? Date.now() } : one,
    );
  },
  faults(world, { faults }) {
    world.faults = faults;
  },
  way(world, { way }) {
    const others = world.ways.filter((one) => one.trace !== way.trace);
    world.ways = [...others, way].sort((a, b) => a.started_ms - b.started_ms).slice(-WAYS_KEPT);
  },
};

function without(map, key) {
  if (!map.has(key)) return map;
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}
