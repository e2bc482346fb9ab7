/** The media room: what files are, and what ffmpeg makes of them. */
export { conform } from "./conform.ts";
export { AUDIO_ENCODING, AUDIO_RATE, type Fit, fit, rateText, timescale, videoEncoding } from "./encoding.ts";
export {
  ffmpeg,
  type FfmpegOptions,
  ffmpegSays,
  ffprobe,
  FULL_DISK,
  input,
  MediaError,
  REMOVED,
} from "./ffmpeg.ts";
export { filter } from "./filter.ts";
export { findFonts, type Font, type Fonts } from "./font.ts";
export { AAC_SAMPLES, adtsHeader, plainAac, windowOf } from "./mp4/aac.ts";
export { streamHead, toStream } from "./mp4/avc.ts";
export { type Chain, chainOf, HEAD, numbered } from "./mp4/chain.ts";
export { hasSoundTrack, type Mp4, readMp4, setupOf, type Track } from "./mp4/read.ts";
export type { Movie, Part, PictureTrack, SoundTrack } from "./mp4/movie.ts";
export { writeMovie } from "./mp4/write.ts";
export { makePoster } from "./poster.ts";
export { factsOf, inspect, type Inspection, probe } from "./probe.ts";
export { makeProxy } from "./proxy.ts";
export { DEMUXERS, type Format, sniff, sniffFile, STILLS } from "./sniff.ts";
