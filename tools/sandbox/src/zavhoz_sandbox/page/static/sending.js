// Files on their way into a chat: what was chosen, dropped or pasted, and how Telegram's programs prepare it.

import * as acts from "./acts.js";
import { html, useEffect, useMemo, useState } from "./dom.js";
import { Dialog } from "./dialog.js";
import { size, t } from "./texts.js";

const LARGEST_SIDE = 1280;
const QUALITY = 0.87;
const ALBUM_MAX = 10;

const isPicture = (file) => /^image\/(jpeg|png|webp|gif|bmp)$/.test(file.type);

/** A picture as Telegram's programs send it: a JPEG of at most 1280 pixels, without what a camera wrote into it. */
async function asPhoto(file) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, LARGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error(t("no_picture")))), "image/jpeg", QUALITY),
  );
}

async function part(file, compress) {
  if (compress && isPicture(file)) {
    try {
      return { kind: "photo", content: await asPhoto(file) };
    } catch {
      // no picture, whatever its name says: it goes as it is
    }
  }
  const kind = compress && /^video\//.test(file.type) ? "video" : /^audio\//.test(file.type) ? "audio" : "document";
  return { kind, content: file, file_name: file.name, mime_type: file.type || "application/octet-stream" };
}

/** The files one by one or as an album, with what Telegram lets go together. */
export async function sendFiles(person, files, { compress, caption, where }) {
  const parts = await Promise.all(files.map((file) => part(file, compress)));
  const batches = [];
  for (const one of parts) {
    const group = one.kind === "photo" || one.kind === "video" ? "visual" : one.kind;
    const last = batches.at(-1);
    if (last?.group === group && last.parts.length < ALBUM_MAX) last.parts.push(one);
    else batches.push({ group, parts: [one] });
  }
  if (caption && batches[0]) batches[0].parts[0].caption = caption;
  for (const batch of batches) await acts.send(person, batch.parts, where);
}

export function SendFiles({ person, files, where, onClose, onError }) {
  const [caption, setCaption] = useState("");
  const [compress, setCompress] = useState(true);
  const [busy, setBusy] = useState(false);
  const pictures = useMemo(() => files.map((file) => isPicture(file) && URL.createObjectURL(file)), [files]);
  useEffect(() => () => pictures.forEach((url) => url && URL.revokeObjectURL(url)), [pictures]);
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    try {
      await sendFiles(person, files, { compress, caption: caption.trim(), where });
    } catch (problem) {
      onError(problem);
    }
    onClose();
  };
  return html`<${Dialog} title=${t("send_files", { count: files.length })} onClose=${onClose} class="send-files">
    <form onSubmit=${submit}>
      <ul class="previews">
        ${files.map(
          (file, at) => html`<li key=${at}>
            ${pictures[at] ? html`<img src=${pictures[at]} alt=${file.name} />` : html`<span>${file.name}<small>${size(file.size)}</small></span>`}
          </li>`,
        )}
      </ul>
      <label class="check">
        <input type="checkbox" checked=${compress} onChange=${(event) => setCompress(event.target.checked)} /> ${t("compress")}
      </label>
      <label class="field">
        <span>${t("caption")}</span>
        <input value=${caption} maxlength="1024" autofocus onInput=${(event) => setCaption(event.target.value)} />
      </label>
      <div class="dialog-buttons">
        <button type="button" onClick=${onClose}>${t("cancel")}</button>
        <button type="submit" class="primary" disabled=${busy}>${t("send")}</button>
      </div>
    </form>
  <//>`;
}
