/** Names that Windows keeps for devices, whatever their extension. */
const DEVICES = /^(?:con|prn|aux|nul|com\d|lpt\d)$/i;
const LONGEST = 100;

/**
 * The stem of any file name as one that every system can hold: no folders, no control or reserved characters, no leading dot
 * or dash, no trailing dot or space. Letters of all scripts stay. "file" when nothing remains.
 */
export function fileStem(name: string): string {
  const last = name.toWellFormed().normalize("NFC").split(/[/\\]/).at(-1)!;
  const stem = last.replace(/\.[A-Za-z0-9]{1,8}$/, "")
    // Control, zero-width and direction characters: names that read as another.
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\ufffd]/gu, "")
    .replace(/[<>:"|?*]/g, "-")
    .replace(/\s+/g, " ")
    .replace(/^[.\-\s]+/, "");
  const short = shorten(stem).replace(/[.\s]+$/, "");
  if (!short) return "file";
  return DEVICES.test(short.split(".")[0]!.trim()) ? `${short}-file` : short;
}

/** `keeper.png`, then `keeper-2.png`, … */
export function* fileNames(name: string, extension: string): Generator<string> {
  const stem = fileStem(name);
  yield `${stem}.${extension}`;
  for (let number = 2;; number++) yield `${stem}-${number}.${extension}`;
}

/** Bytes count: a name of 100 letters in another script has 300 of the 255 that a file system allows. */
function shorten(stem: string): string {
  let short = "";
  for (const char of stem) {
    if (new TextEncoder().encode(short + char).length > LONGEST) break;
    short += char;
  }
  return short;
}
