// The dialog that shows chosen files before they are sent: as photos or as files, with a caption.

import { el, button } from "./dom.js";
import { icon } from "./icons.js";
import { size } from "./names.js";
import { openDialog } from "./popup.js";

const LARGEST = 50 * 1024 * 1024;
const ALBUM = 10;
const PHOTO = /^image\/(jpeg|png|webp|gif)$/;

/** Ask how `files` are to be sent; `send(file, kind, {caption, group})` sends one and may throw. */
export function attachmentDialog(files, caption, send) {
  const tooBig = files.filter((file) => file.size > LARGEST);
  const empty = files.filter((file) => file.size === 0);
  const good = files.filter((file) => file.size > 0 && file.size <= LARGEST);
  const images = good.filter((file) => PHOTO.test(file.type));
  const previews = [];

  const dialog = openDialog(good.length > 1 ? `发送 ${good.length} 个文件` : "发送文件", (body, close) => {
    const asPhoto = el("input", { type: "radio", name: "kind", value: "photo", checked: images.length > 0 });
    const asFile = el("input", { type: "radio", name: "kind", value: "document", checked: images.length === 0 });
    const words = el("textarea", { rows: 2, placeholder: "说明（可不填）", "aria-label": "说明", maxlength: 1024 });
    words.value = caption;
    const status = el("p", { class: "form-error", role: "alert" });
    const go = button({ class: "primary" }, "发送");

    const rows = good.map((file) => {
      let picture = el("span", { class: "document-kind is-other", "aria-hidden": "true" }, icon("file"));
      if (PHOTO.test(file.type)) {
        const url = URL.createObjectURL(file);
        previews.push(url);
        picture = el("img", { class: "attachment-picture", src: url, alt: "" });
      }
      return el(
        "li",
        { class: "attachment" },
        picture,
        el(
          "span",
          { class: "document-text" },
          el("span", { class: "document-name" }, file.name),
          el("span", { class: "document-size" }, size(file.size)),
        ),
      );
    });

    async function sendAll() {
      go.disabled = true;
      go.textContent = "正在发送…";
      const kindOf = (file) => (asPhoto.checked && images.includes(file) ? "photo" : "document");
      const album = good.length > 1 && good.length <= ALBUM && new Set(good.map(kindOf)).size === 1;
      const group = album ? String(crypto.getRandomValues(new Uint32Array(1))[0]) : undefined;
      const failed = [];
      for (const [index, file] of good.entries()) {
        try {
          await send(file, kindOf(file), { caption: index === 0 ? words.value.trim() : "", group });
        } catch (error) {
          failed.push(`${file.name}：${error.message}`);
        }
      }
      if (failed.length === 0) return close();
      status.textContent = failed.join("\n");
      go.textContent = "没有全部发送";
      return undefined;
    }

    go.addEventListener("click", sendAll);
    words.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing && good.length) {
        event.preventDefault();
        sendAll();
      }
    });
    status.textContent = [
      ...tooBig.map((file) => `${file.name} 有 ${size(file.size)}，超过 50 MB，不能发送。`),
      ...empty.map((file) => `${file.name} 是空文件，不能发送。`),
    ].join("\n");
    body.append(el("ul", { class: "attachments" }, rows));
    if (images.length) {
      body.append(
        el(
          "fieldset",
          { class: "choice" },
          el("legend", null, "图片怎样发送"),
          el("label", null, asPhoto, "作为照片"),
          el("label", null, asFile, "作为文件（保留原图）"),
        ),
      );
    }
    if (good.length) body.append(words);
    body.append(
      status,
      el("div", { class: "dialog-actions" }, button({ class: "quiet", onClick: close }, "取消"), good.length ? go : null),
    );
    if (good.length) queueMicrotask(() => words.focus());
  }, { className: "attachment-dialog" });
  dialog.addEventListener("close", () => previews.forEach((url) => URL.revokeObjectURL(url)));
}
