import { z } from "zod";

/** A shot's name is a folder and file stem: upper-case letters, digits, hyphens; e.g. SHOT-010, STILL-KEEPER. */
export const ShotName = z.string().regex(
  /^[A-Z0-9](?:[A-Z0-9-]{0,46}[A-Z0-9])?$/,
  "must be 1 to 48 of A-Z, 0-9 and hyphens, and begin and end with a letter or digit",
);

export interface TakeNumber {
  shot: string;
  version: number;
  take: number;
}

/** `SHOT-010_v01_take02`. Two digits at least, more when the number needs them. */
export function takeName({ shot, version, take }: TakeNumber): string {
  return `${shot}_v${String(version).padStart(2, "0")}_take${String(take).padStart(2, "0")}`;
}

/** The inverse of {@link takeName}; null for anything it would not have written. */
export function parseTakeName(name: string): TakeNumber | null {
  const match = /^(.+)_v(\d{2,6})_take(\d{2,6})$/.exec(name);
  if (!match) return null;
  const number = { shot: match[1]!, version: Number(match[2]), take: Number(match[3]) };
  if (!ShotName.safeParse(number.shot).success || number.version < 1 || number.take < 1) return null;
  return takeName(number) === name ? number : null;
}

/** Path of a take's master in the project's repository; the sidecar has `.json` for `.ext`. */
export function takePath(number: TakeNumber, extension: string): string {
  return `03_Renders/${number.shot}/${takeName(number)}.${extension}`;
}

/** Any text as a shot name: "Lamp room still" -> "LAMP-ROOM-STILL"; "SHOT" when nothing remains. */
export function toShotName(text: string): string {
  const name = text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toUpperCase()
    .replace(/[^A-Z0-9]+/g, "-").slice(0, 48).replace(/^-+|-+$/g, "");
  return name || "SHOT";
}
