import { join } from "@std/path";
import { filter, type Font, type Fonts } from "../../media/mod.ts";
import { LEADING, setLine, setText } from "./wrap.ts";

/** What stands on a card. */
export interface CardContent {
  shot: string;
  /** `v01 take02` */
  take: string;
  title: string;
  prompt: string;
  /** Size, rate, length, seed: small print, a line each. */
  facts: string[];
}

export interface CardLook {
  /** Pixels. */
  width: number;
  height: number;
  /** `0xRRGGBB` */
  accent: string;
  fonts: Fonts;
  /** Where the text files will lie. */
  folder: string;
}

/** Text that a drawtext filter reads from a file: it never stands in the filter graph. */
export interface TextFile {
  path: string;
  text: string;
}

export interface Card {
  /** Filters that draw everything that stands still, on a transparent picture. */
  filters: string[];
  texts: TextFile[];
  /** Where the burnt-in timecode goes. */
  timecode: { size: number; margin: number };
}

export const MARK = "ANIMATIC — placeholder";

/** Lays a card out. All lengths follow from the shorter side, so that it reads the same at every size. */
export function layOut(content: CardContent, look: CardLook): Card {
  const { width, height, fonts } = look;
  const unit = Math.min(width, height * 1.2, width * 1.2) / 36;
  const margin = Math.round(unit * 2);
  const inner = width - 2 * margin;
  const texts: TextFile[] = [];
  const filters: string[] = [];
  const write = (text: string, font: Font, options: Record<string, string | number>) => {
    if (text === "") return;
    const path = join(look.folder, `text${texts.length}.txt`);
    texts.push({ path, text });
    filters.push(
      filter("drawtext", { ...font, textfile: path, expansion: "none", ...SHADOW, ...options }),
    );
  };

  const name = setText(content.shot, {
    width: inner * 0.52,
    height: unit * 5,
    sizes: [3.2, 2.5, 1.9, 1.4].map((size) => Math.round(size * unit)),
  });
  name.lines.slice(0, 2).forEach((line, index) => {
    const baseline = margin + name.size * (0.8 + index * LEADING);
    write(line, fonts.bold, { fontsize: name.size, fontcolor: "white", x: margin, y: on(baseline) });
  });
  const nameEnd = margin + name.size * (0.8 + (Math.min(2, name.lines.length) - 1) * LEADING);
  const small = Math.max(8, Math.round(unit * 1.15));
  const medium = Math.max(9, Math.round(unit * 1.6));
  if (content.title !== content.shot) {
    write(setLine(content.title, medium, inner * 0.52), fonts.regular, {
      fontsize: medium,
      fontcolor: "white@0.92",
      x: margin,
      y: on(nameEnd + medium * 1.6),
    });
  }
  write(content.take, fonts.mono, {
    fontsize: medium,
    fontcolor: "white",
    x: `w-tw-${margin}`,
    y: on(margin + medium),
  });
  content.facts.forEach((fact, index) =>
    write(setLine(fact, small, inner * 0.46), fonts.mono, {
      fontsize: small,
      fontcolor: "white@0.9",
      x: `w-tw-${margin}`,
      y: on(margin + medium + small * (1.9 + 1.5 * index)),
    })
  );

  drawPrompt();
  write(MARK, fonts.bold, {
    fontsize: small,
    fontcolor: "black",
    box: 1,
    boxcolor: look.accent,
    boxborderw: Math.round(small * 0.6),
    shadowx: 0,
    shadowy: 0,
    x: margin + Math.round(small * 0.6),
    y: on(height - margin - small * 0.2),
  });
  return { filters, texts, timecode: { size: Math.max(10, Math.round(unit * 1.8)), margin } };

  function drawPrompt(): void {
    const top = nameEnd + medium * 2.6;
    const bottom = height - margin - unit * 4.5;
    const pad = Math.round(unit * 1.2);
    const prompt = setText(content.prompt, {
      width: inner - 2 * pad,
      height: Math.max(unit * 2, bottom - top - 2 * pad),
      sizes: [2.3, 1.9, 1.6, 1.35, 1.1].map((size) => Math.max(8, Math.round(size * unit))),
    });
    if (prompt.lines.every((line) => line === "")) return;
    const tall = Math.round(prompt.lines.length * prompt.size * LEADING + 2 * pad);
    const y = Math.round(Math.max(top, (top + bottom - tall) / 2));
    filters.push(
      filter("drawbox", { x: margin, y, w: inner, h: tall, color: "black@0.42", t: "fill", replace: 1 }),
      filter("drawbox", {
        x: margin,
        y,
        w: Math.max(2, Math.round(unit / 5)),
        h: tall,
        color: `${look.accent}@0.95`,
        t: "fill",
        replace: 1,
      }),
    );
    prompt.lines.forEach((line, index) => {
      const baseline = y + pad + prompt.size * (LEADING * index + 1);
      const x = isRightToLeft(line) ? `${margin + inner - pad}-tw` : margin + pad;
      write(line, fonts.regular, { fontsize: prompt.size, fontcolor: "white", x, y: on(baseline) });
    });
  }
}

const SHADOW = { shadowcolor: "black@0.6", shadowx: 1, shadowy: 2 };

/** drawtext's y is the top of the tallest letter; this puts the line's foot at `baseline` instead. */
function on(baseline: number): string {
  return `${Math.round(baseline)}-ascent`;
}

function isRightToLeft(line: string): boolean {
  const first = /\p{L}/u.exec(line)?.[0] ?? "";
  return /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/.test(first);
}
