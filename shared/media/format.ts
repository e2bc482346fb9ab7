/** What a file is by its content: its first bytes, never its name. */

export type MediaKind = "image" | "audio" | "video";

export interface MediaFormat {
  format: string;
  kind: MediaKind;
  extension: string;
  contentType: string;
}

/** Bytes from the start that {@link formatOf} looks at. */
export const FORMAT_BYTES = 64;

const FORMATS = {
  png: { kind: "image", extension: "png", contentType: "image/png" },
  jpeg: { kind: "image", extension: "jpg", contentType: "image/jpeg" },
  webp: { kind: "image", extension: "webp", contentType: "image/webp" },
  mp4: { kind: "video", extension: "mp4", contentType: "video/mp4" },
  mov: { kind: "video", extension: "mov", contentType: "video/quicktime" },
  webm: { kind: "video", extension: "webm", contentType: "video/webm" },
  mkv: { kind: "video", extension: "mkv", contentType: "video/x-matroska" },
  wav: { kind: "audio", extension: "wav", contentType: "audio/wav" },
  flac: { kind: "audio", extension: "flac", contentType: "audio/flac" },
  mp3: { kind: "audio", extension: "mp3", contentType: "audio/mpeg" },
  ogg: { kind: "audio", extension: "ogg", contentType: "audio/ogg" },
  m4a: { kind: "audio", extension: "m4a", contentType: "audio/mp4" },
} as const satisfies Record<string, Omit<MediaFormat, "format">>;

/** The format of a file that begins with these bytes; null for what the studio does not take. */
export function formatOf(bytes: Uint8Array): MediaFormat | null {
  const name = nameOf(bytes);
  return name && { format: name, ...FORMATS[name] };
}

/** By the name that {@link formatOf} gave. */
export function contentTypeOf(format: string): string {
  return format in FORMATS ? FORMATS[format as keyof typeof FORMATS].contentType : "application/octet-stream";
}

function nameOf(bytes: Uint8Array): keyof typeof FORMATS | null {
  const at = (text: string, offset = 0) =>
    bytes.length >= offset + text.length &&
    [...text].every((char, index) => bytes[offset + index] === char.charCodeAt(0));
  if (at("\x89PNG\r\n\x1a\n")) return "png";
  if (at("\xff\xd8\xff")) return "jpeg";
  if (at("RIFF") && at("WEBP", 8)) return "webp";
  if (at("RIFF") && at("WAVE", 8)) return "wav";
  if (at("fLaC")) return "flac";
  if (at("OggS")) return "ogg";
  if (at("ID3")) return "mp3";
  // An MPEG audio frame without tags: sync, layer III, and neither the reserved version nor a forbidden bit rate.
  if (bytes[0] === 0xff && [0xfa, 0xfb, 0xf2, 0xf3].includes(bytes[1] ?? 0) && (bytes[2]! >> 4) !== 15) {
    return "mp3";
  }
  if (at("\x1a\x45\xdf\xa3")) return includes(bytes, "webm") ? "webm" : "mkv";
  if (at("ftyp", 4)) {
    if (at("M4A ", 8)) return "m4a";
    if (at("qt  ", 8)) return "mov";
    // Stills in the same container, which neither ComfyUI nor every browser opens.
    return /^(?:heic|heix|hevc|mif1|msf1|avif|avis)$/.test(brand(bytes)) ? null : "mp4";
  }
  return null;
}

function brand(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(8, 12));
}

function includes(bytes: Uint8Array, text: string): boolean {
  return String.fromCharCode(...bytes.subarray(0, FORMAT_BYTES)).includes(text);
}
