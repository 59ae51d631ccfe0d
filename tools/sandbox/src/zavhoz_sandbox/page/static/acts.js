// What people do, by the stand-in's control API. Each act throws an `Error` with the stand-in's own words.

async function call(method, path, body) {
  const response = await fetch(`/sandbox/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
  });
  if (!response.ok) throw new Error((await response.text()) || response.statusText);
  return response.json();
}

const by = (person, act, given) => call("POST", `people/${person}/${act}`, given);

/** Describe somebody, or make them known. */
export const know = (person) => call("POST", "people", person);
export const found = (group) => call("POST", "groups", group);
export const addTopic = (group, name) => call("POST", `groups/${group}/topics`, { name });
export const start = (person, payload) => by(person, "start", payload ? { payload } : {});
export const say = (person, text, where) => by(person, "text", { text, ...where });
export const edit = (person, message_id, text, where) => by(person, "edit", { message_id, text, ...where });
export const press = (person, chat, message_id, button) =>
  by(person, "press", { message_id, chat, label: button.text, data: button.callback_data });
export const locate = (person, place, where) => by(person, "location", { ...place, ...where });
export const block = (person, blocked) => by(person, blocked ? "block" : "unblock", {});
export const fault = (given) => call("POST", "faults", given);
export const changeFault = (id, part) => call("PATCH", `faults?id=${id}`, part);
export const clearFault = (id) => call("DELETE", `faults?id=${id}`);

/** Messages of a chat before one, at most `limit`. */
export function history(chat, before, limit = 100) {
  return call("GET", `${chat < 0 ? "groups" : "people"}/${chat}/chat?before=${before}&limit=${limit}`);
}

/** Send files: one alone, or up to ten as an album. A part is `{kind, content: Blob, caption?, file_name?, …}`. */
export async function send(person, parts, where) {
  const given = await Promise.all(parts.map(async (part) => ({ ...part, content: await base64(part.content) })));
  if (given.length > 1) return by(person, "album", { parts: given, ...where });
  const [{ kind, ...one }] = given;
  return by(person, kind, { ...one, ...where });
}

export async function sample(one) {
  const response = await fetch(one.url);
  if (!response.ok) throw new Error(await response.text());
  return response.blob();
}

export const fileUrl = (file_id) => `/sandbox/files/${encodeURIComponent(file_id)}`;

function base64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
