/** Text laid out for a box without asking the font: widths are estimates that err on the wide side. */

export interface Box {
  /** Pixels. */
  width: number;
  height: number;
  /** Type sizes to try, pixels, largest first. */
  sizes: readonly number[];
}

export interface SetText {
  size: number;
  lines: string[];
}

/** Pixels from one baseline to the next, per pixel of type size. */
export const LEADING = 1.35;

/** The text in the largest type that fits the box; in the smallest, cut with an ellipsis, when none does. */
export function setText(text: string, box: Box): SetText {
  const clean = cleanText(text);
  for (const size of box.sizes) {
    const lines = wrap(clean, box.width / size);
    if (lines.length * size * LEADING <= box.height) return { size, lines };
  }
  const size = box.sizes.at(-1) ?? 12;
  const room = Math.max(1, Math.floor(box.height / (size * LEADING)));
  const lines = wrap(clean, box.width / size);
  if (lines.length <= room) return { size, lines };
  const kept = lines.slice(0, room);
  kept[room - 1] = cut(kept[room - 1] + " …", box.width / size, "…");
  return { size, lines: kept };
}

/** One line, cut with an ellipsis where it is too long for `width` pixels. */
export function setLine(text: string, size: number, width: number): string {
  const line = cleanText(text).replaceAll("\n", " ");
  return emsOf(line) <= width / size ? line : cut(line, width / size, "…");
}

/** Without what no font draws: control, zero-width and lone-surrogate characters; tabs are spaces. */
export function cleanText(text: string): string {
  return text.toWellFormed().replace(/\r\n?/g, "\n").replaceAll("\t", "  ").normalize("NFC")
    // deno-lint-ignore no-control-regex
    .replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u2060\ufe0e\ufe0f\ufeff]/g, "")
    .replace(/\n{3,}/g, "\n\n").trim();
}

const CLUSTERS = new Intl.Segmenter(undefined, { granularity: "grapheme" });

function wrap(text: string, ems: number): string[] {
  return text.split("\n").flatMap((paragraph) => wrapParagraph(paragraph, ems));
}

function wrapParagraph(paragraph: string, ems: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of words(paragraph)) {
    if (emsOf((line + word).trimEnd()) <= ems) {
      line += word;
      continue;
    }
    if (line.trim() !== "") lines.push(line.trimEnd());
    line = word.trimStart();
    // A word longer than a line breaks where it must.
    while (emsOf(line.trimEnd()) > ems) {
      const head = cut(line, ems, "");
      if (head === "" || head.length >= line.length) break;
      lines.push(head);
      line = line.slice(head.length);
    }
  }
  lines.push(line.trimEnd());
  return lines;
}

/** Words with the space that follows them; a CJK character is a word, for it may end any line. */
function words(text: string): string[] {
  return text.match(
    /[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]|[^\s\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]+\s*|\s+/g,
  ) ?? [];
}

/** As many whole characters as fit, with `tail` behind them. */
function cut(text: string, ems: number, tail: string): string {
  let kept = "";
  for (const { segment } of CLUSTERS.segment(text)) {
    if (emsOf(kept + segment + tail) > ems && kept !== "") break;
    kept += segment;
  }
  return kept.length < text.length ? kept.trimEnd() + tail : kept;
}

/** Width in ems of DejaVu Sans, roughly. */
function emsOf(text: string): number {
  let ems = 0;
  for (const char of text) {
    if (/\p{M}/u.test(char)) continue;
    if (/[ilIj.,:;'|!()[\]\s]/.test(char)) ems += 0.38;
    else if (/[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]/.test(char)) ems += 1.02;
    else if (char.codePointAt(0)! > 0xffff) ems += 1.1;
    else if (/[mwMW@%—…]/.test(char)) ems += 1;
    else if (/[A-Z0-9]/.test(char)) ems += 0.7;
    else ems += 0.62;
  }
  return ems;
}
