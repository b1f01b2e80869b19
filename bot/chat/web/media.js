// Documents, photos and other files of a message.

import { el, button } from "./dom.js";
import { icon } from "./icons.js";
import { size } from "./names.js";
import { openDialog } from "./popup.js";

const KINDS = { doc: "word", docx: "word", xls: "sheet", xlsx: "sheet", csv: "sheet", pdf: "pdf", zip: "zip" };
const OTHERS = { video: "视频", audio: "音频", voice: "语音", animation: "动图", video_note: "视频", sticker: "贴纸" };

/** The file of a message that is no photo, with its name: `{file_id, file_name, file_size}`, or null. */
export function attachedFile(message) {
  if (message.document) return message.document;
  for (const [kind, label] of Object.entries(OTHERS)) {
    if (message[kind]) return { file_name: label, ...message[kind] };
  }
  return null;
}

/** Save a file under its name; the key goes along in a header, so a plain link would not do. */
async function save(file, context) {
  try {
    const url = await context.api.file(file.file_id);
    el("a", { href: url, download: file.file_name || "文件" }).click();
  } catch (error) {
    context.toast(error.message, { error: true });
  }
}

/** A document: kind, name, size; a click saves it. */
export function documentView(file, context) {
  const name = file.file_name || "文件";
  const ending = /\.([a-z0-9]{1,5})$/i.exec(name)?.[1].toLowerCase() ?? "";
  const tile = button(
    { class: "document", "aria-label": `下载 ${name}，${size(file.file_size)}` },
    el(
      "span",
      { class: `document-kind is-${KINDS[ending] ?? "other"}`, "aria-hidden": "true" },
      ending ? ending.toUpperCase().slice(0, 4) : icon("file"),
    ),
    el(
      "span",
      { class: "document-text" },
      el("span", { class: "document-name" }, name),
      el("span", { class: "document-size" }, size(file.file_size), " · 下载"),
    ),
  );
  tile.addEventListener("click", async () => {
    tile.setAttribute("aria-busy", "true");
    await save(file, context);
    tile.removeAttribute("aria-busy");
  });
  return tile;
}

function enlarge(url, alt, file, context) {
  openDialog(alt, (body, close) => {
    body.append(
      button(
        { class: "lightbox-close", "aria-label": "关闭大图", onClick: close, autofocus: true },
        el("img", { src: url, alt }),
      ),
      el(
        "p",
        { class: "lightbox-bar" },
        button(
          { class: "quiet", onClick: () => save({ ...file, file_name: "照片.jpg" }, context) },
          icon("download"),
          "下载照片",
        ),
      ),
    );
  }, { className: "lightbox", plain: true });
}

/** A photo (its largest size); a click enlarges it. */
export function photoView(message, context) {
  const photo = message.photo.reduce((best, one) => (one.width * one.height > best.width * best.height ? one : best));
  const alt = message.caption ? `照片：${message.caption}` : `${context.nameOf(message)}发的照片`;
  const image = el("img", { alt, draggable: "false" });
  const frame = button({ class: "photo", title: "点击放大" }, image);
  if (photo.width && photo.height) image.style.aspectRatio = `${photo.width} / ${photo.height}`;
  context.api.file(photo.file_id).then(
    (url) => {
      if (!frame.isConnected) return;
      image.src = url;
      frame.addEventListener("click", () => enlarge(url, alt, photo, context));
    },
    (error) => frame.replaceChildren(el("span", { class: "photo-missing" }, `照片没有载入。${error.message}`)),
  );
  return frame;
}
