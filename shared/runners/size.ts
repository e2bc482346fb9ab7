import type { ModelFile } from "./manifest.ts";

export type Sized = Pick<ModelFile, "size" | "size_about">;

/** Bytes of a model file: as its source states them, or about what they should be. null: nobody can tell. */
export function sizeOf({ size, size_about }: Sized): { bytes: number; about: boolean } | null {
  if (size !== undefined) return { bytes: size, about: false };
  return size_about ? { bytes: size_about.bytes, about: true } : null;
}

/** Bytes of files together; `about`: some of them are not stated, `unknown`: how many nobody can tell. */
export function sizeOfAll(files: readonly Sized[]): { bytes: number; about: boolean; unknown: number } {
  const sizes = files.map(sizeOf);
  return {
    bytes: sizes.reduce((sum, each) => sum + (each?.bytes ?? 0), 0),
    about: sizes.some((each) => each?.about),
    unknown: sizes.filter((each) => each === null).length,
  };
}

/** "11.9 GB", "about 58 MB", "2 kB": powers of ten, as sources count. */
export function sizeWords({ bytes, about }: { bytes: number; about: boolean }): string {
  const figure = bytes < 1e6
    ? `${Math.ceil(bytes / 1e3)} kB`
    : bytes < 1e9
    ? `${Math.ceil(bytes / 1e6)} MB`
    : `${(bytes / 1e9).toFixed(1)} GB`;
  return about ? `about ${figure}` : figure;
}
