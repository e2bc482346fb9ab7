import { JobFailure } from "../../lease/executor.ts";

export interface Fonts {
  regular: string;
  bold: string;
  mono: string;
}

/** Where systems keep a font that has what cards need; `{}` is the style. First the one that ships with most. */
const KNOWN: readonly Fonts[] = [
  ...[
    "/usr/share/fonts/truetype/dejavu", // Debian, Ubuntu
    "/usr/share/fonts/dejavu-sans-fonts", // Fedora
    "/usr/share/fonts/dejavu", // Alpine, openSUSE
    "/usr/share/fonts/TTF", // Arch
    "/opt/homebrew/share/fonts/dejavu-fonts",
  ].map((folder) => ({
    regular: `${folder}/DejaVuSans.ttf`,
    bold: `${folder}/DejaVuSans-Bold.ttf`,
    mono: `${folder}/DejaVuSansMono.ttf`,
  })),
  {
    regular: "/System/Library/Fonts/Supplemental/Arial.ttf",
    bold: "/System/Library/Fonts/Supplemental/Arial Bold.ttf",
    mono: "/System/Library/Fonts/Supplemental/Courier New.ttf",
  },
  {
    regular: "C:\\Windows\\Fonts\\arial.ttf",
    bold: "C:\\Windows\\Fonts\\arialbd.ttf",
    mono: "C:\\Windows\\Fonts\\cour.ttf",
  },
];

export interface FontSearch {
  known?: readonly Fonts[];
  /** Asks fontconfig for a pattern; null when it has no answer. */
  match?: (pattern: string) => Promise<string | null>;
}

/**
 * Fonts for a card that shows `text`. fontconfig knows best, above all which font has the letters of a script;
 * without it the usual places are tried.
 *
 * @throws {JobFailure} class `agent`: this machine has no font.
 */
export async function findFonts(text: string, search: FontSearch = {}): Promise<Fonts> {
  const match = search.match ?? fontconfig;
  const known = await firstKnown(search.known ?? KNOWN);
  const regular = known?.regular ?? await match("DejaVu Sans");
  if (regular === null) {
    throw new JobFailure(
      "agent",
      "This machine has no font to write the card with. Install DejaVu (Debian: fonts-dejavu-core) and start the agent again.",
    );
  }
  const fonts = {
    regular,
    bold: await existing(known?.bold) ?? await match("DejaVu Sans:bold") ?? regular,
    mono: await existing(known?.mono) ?? await match("DejaVu Sans Mono") ?? regular,
  };
  const foreign = charset(text);
  if (foreign === "") return fonts;
  const covering = await match(`DejaVu Sans:charset=${foreign}`);
  return covering === null ? fonts : { ...fonts, regular: covering };
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

async function firstKnown(known: readonly Fonts[]): Promise<Fonts | null> {
  for (const fonts of known) {
    if (await existing(fonts.regular) !== null) return fonts;
  }
  return null;
}

async function existing(path: string | undefined): Promise<string | null> {
  if (path === undefined) return null;
  try {
    return (await Deno.stat(path)).isFile ? path : null;
  } catch {
    return null;
  }
}

async function fontconfig(pattern: string): Promise<string | null> {
  try {
    const { success, stdout } = await new Deno.Command("fc-match", {
      args: ["--format=%{file}", pattern],
      stdin: "null",
      stderr: "null",
    }).output();
    const path = new TextDecoder().decode(stdout).trim();
    // Bitmap and web formats are listed too, but ffmpeg wants outlines.
    return success && /\.(ttf|otf|ttc)$/i.test(path) ? path : null;
  } catch {
    // Not installed, or the agent may not run it: the usual places remain.
    return null;
  }
}
