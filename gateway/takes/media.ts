import type { MediaFacts } from "../../shared/agents/protocol.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import type { GenerateSpec } from "../../shared/jobs/job.ts";
import { RATES } from "../../shared/time/rate.ts";
import { isLfsExtension } from "../git/mod.ts";

interface Format {
  kind: "image" | "video";
  extensions: readonly string[];
  contentType: string;
}

const WORDS = { image: "a still", video: "a clip" };

/** What a take can be, by its content. */
const FORMATS: ReadonlyMap<string, Format> = new Map(Object.entries(
  {
    png: { kind: "image", extensions: ["png"], contentType: "image/png" },
    jpeg: { kind: "image", extensions: ["jpg", "jpeg"], contentType: "image/jpeg" },
    webp: { kind: "image", extensions: ["webp"], contentType: "image/webp" },
    exr: { kind: "image", extensions: ["exr"], contentType: "image/x-exr" },
    mp4: { kind: "video", extensions: ["mp4", "m4v"], contentType: "video/mp4" },
    mov: { kind: "video", extensions: ["mov"], contentType: "video/quicktime" },
    webm: { kind: "video", extensions: ["webm"], contentType: "video/webm" },
    mkv: { kind: "video", extensions: ["mkv"], contentType: "video/x-matroska" },
  } satisfies Record<string, Format>,
));

export function contentTypeOf(format: string): string {
  return FORMATS.get(format)?.contentType ?? "application/octet-stream";
}

/**
 * What an agent says it made, against what was asked: kind, format by content against extension, length and rate.
 * ProblemError unprocessable with what differs; the agent's job fails as `invalid` then.
 */
export function checkMedia(spec: GenerateSpec, media: MediaFacts, extension: string): void {
  const fault = faultOf(spec, media, extension);
  if (fault) throw new ProblemError("unprocessable", `${spec.take.name} is not a take: ${fault}.`);
}

function faultOf(spec: GenerateSpec, media: MediaFacts, extension: string): string | null {
  const format = FORMATS.get(media.format);
  if (!format) {
    return `its content is ${media.format}, and a take is one of ${[...FORMATS.keys()].join(", ")}`;
  }
  if (format.kind !== spec.output) {
    return `it is ${WORDS[format.kind]} (${media.format}), and ${WORDS[spec.output]} was asked for`;
  }
  if (!format.extensions.includes(extension) || !isLfsExtension(extension)) {
    return `its content is ${media.format}, and its name ends in .${extension}`;
  }
  if (format.kind === "image") return media.frames === 1 ? null : `it is a still with ${media.frames} frames`;
  if (!media.rate) return "it is a clip without a frame rate";
  if (!sameRate(media.rate, RATES[spec.fps])) {
    return `it runs at ${media.rate} frames per second, and the project at ${spec.fps}`;
  }
  return null;
}

/** Rationals compared without division: 48/2 is 24/1, 23.976 is not. */
function sameRate(text: string, rate: { num: number; den: number }): boolean {
  const [num, den] = text.split("/").map(Number);
  return num! * rate.den === rate.num * den! && den! > 0;
}
