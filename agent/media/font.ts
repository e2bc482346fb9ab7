import { JobFailure } from "../lease/executor.ts";
import { ffmpeg, MediaError } from "./ffmpeg.ts";
import { filter } from "./filter.ts";

/** Options that name a font to drawtext: a file, or a fontconfig pattern. */
export type Font = { fontfile: string } | { font: string };

export interface Fonts {
  regular: Font;
  bold: Font;
  mono: Font;
}

/** Where systems keep fonts that have what cards need. First DejaVu, which ships with most and which line breaks are measured for. */
const KNOWN: readonly Fonts[] = [
  ...[
    "/usr/share/fonts/truetype/dejavu", // Debian, Ubuntu
    "/usr/share/fonts/dejavu-sans-fonts", // Fedora
    "/usr/share/fonts/dejavu", // Alpine, openSUSE
    "/usr/share/fonts/TTF", // Arch
  ].map((folder) => ({
    regular: { fontfile: `${folder}/DejaVuSans.ttf` },
    bold: { fontfile: `${folder}/DejaVuSans-Bold.ttf` },
    mono: { fontfile: `${folder}/DejaVuSansMono.ttf` },
  })),
  {
    regular: { font: "DejaVu Sans" },
    bold: { font: "DejaVu Sans:bold" },
    mono: { font: "DejaVu Sans Mono" },
  },
  {
    regular: { fontfile: "/System/Library/Fonts/Supplemental/Arial.ttf" },
    bold: { fontfile: "/System/Library/Fonts/Supplemental/Arial Bold.ttf" },
    mono: { fontfile: "/System/Library/Fonts/Supplemental/Courier New.ttf" },
  },
  {
    regular: { fontfile: "C:/Windows/Fonts/arial.ttf" },
    bold: { fontfile: "C:/Windows/Fonts/arialbd.ttf" },
    mono: { fontfile: "C:/Windows/Fonts/cour.ttf" },
  },
];

/** Says whether drawtext can draw with these options. */
export type Draws = (font: Font) => Promise<boolean>;

/**
 * Fonts for a card that shows `text`. ffmpeg itself is asked what it can open: the agent may read no font, and only
 * ffmpeg knows whether it was built with fontconfig, which finds a font that has the letters of a script.
 *
 * @throws {JobFailure} class `agent`: this machine has no font.
 */
export async function findFonts(text: string, draws: Draws = askFfmpeg): Promise<Fonts> {
  const fonts = draws === askFfmpeg ? await (usual ??= firstDrawn(draws)) : await firstDrawn(draws);
  if (fonts === null) {
    usual = undefined;
    throw new JobFailure(
      "agent",
      "This machine has no font to write the card with. Install DejaVu (Debian: fonts-dejavu-core) and generate again.",
    );
  }
  const foreign = charset(text);
  if (foreign === "") return fonts;
  const covering = { font: `DejaVu Sans:charset=${foreign}` };
  return await draws(covering) ? { ...fonts, regular: covering } : fonts;
}

/** Found once in the life of the agent: fonts don't come and go. */
let usual: Promise<Fonts | null> | undefined;

async function firstDrawn(draws: Draws): Promise<Fonts | null> {
  for (const fonts of KNOWN) {
    if (!await draws(fonts.regular)) continue;
    return {
      regular: fonts.regular,
      bold: await draws(fonts.bold) ? fonts.bold : fonts.regular,
      mono: await draws(fonts.mono) ? fonts.mono : fonts.regular,
    };
  }
  return null;
}

/** The letters beyond Latin, Greek and Cyrillic as fontconfig writes a character set; at most 64 of them. */
function charset(text: string): string {
  const points = new Set<number>();
  for (const char of text) {
    if (/\p{L}/u.test(char) && !/[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]/u.test(char)) {
      points.add(char.codePointAt(0)!);
    }
  }
  return [...points].slice(0, 64).map((point) => point.toString(16)).join(" ");
}

async function askFfmpeg(font: Font): Promise<boolean> {
  const graph = `color=s=32x32,${filter("drawtext", { ...font, text: "A" })}`;
  try {
    await ffmpeg(["-f", "lavfi", "-i", graph, "-frames:v", "1", "-f", "null", "-"]);
    return true;
  } catch (error) {
    if (error instanceof MediaError && !error.host) return false;
    throw error;
  }
}
