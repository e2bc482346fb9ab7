/** Formats the studio reads, told apart by their first bytes, and the ffmpeg demuxer of each. */
export const DEMUXERS = {
  png: "png_pipe",
  jpeg: "jpeg_pipe",
  webp: "webp_pipe",
  gif: "gif",
  mp4: "mov",
  mov: "mov",
  webm: "matroska",
  mkv: "matroska",
  avi: "avi",
  wav: "wav",
  flac: "flac",
  ogg: "ogg",
  mp3: "mp3",
} as const;
export type Format = keyof typeof DEMUXERS;
export const STILLS: readonly Format[] = ["png", "jpeg", "webp"];

/** The format of a file by content, whatever its name says; null when it is none of these. */
export function sniff(head: Uint8Array): Format | null {
  const text = (from: number, to: number) => String.fromCharCode(...head.subarray(from, to));
  if (text(0, 8) === "\x89PNG\r\n\x1a\n") return "png";
  if (text(0, 3) === "\xff\xd8\xff") return "jpeg";
  if (text(0, 4) === "GIF8") return "gif";
  if (text(0, 4) === "RIFF") {
    return ({ "WEBP": "webp", "WAVE": "wav", "AVI ": "avi" } as const)[text(8, 12)] ?? null;
  }
  if (text(0, 4) === "fLaC") return "flac";
  if (text(0, 4) === "OggS") return "ogg";
  // With tags, or a frame of MPEG audio: sync, and layer III.
  if (text(0, 3) === "ID3" || (head[0] === 0xff && (head[1]! & 0xe6) === 0xe2)) return "mp3";
  if (text(4, 8) === "ftyp") return text(8, 12) === "qt  " ? "mov" : "mp4";
  // QuickTime files older than the brand begin with any of these atoms.
  if (["moov", "mdat", "wide", "free", "skip"].includes(text(4, 8))) return "mov";
  if (text(0, 4) === "\x1a\x45\xdf\xa3") return text(4, 64).includes("webm") ? "webm" : "mkv";
  return null;
}

export async function sniffFile(path: string): Promise<Format | null> {
  using file = await Deno.open(path, { read: true });
  const head = new Uint8Array(64);
  let filled = 0;
  while (filled < head.length) {
    const read = await file.read(head.subarray(filled));
    if (read === null) break;
    filled += read;
  }
  return sniff(head.subarray(0, filled));
}
