/** The media room: what files are, and what ffmpeg makes of them. */
export { assembler } from "./assemble.ts";
export { conform } from "./conform.ts";
export { AUDIO_ENCODING, fit, rateText, timescale, videoEncoding } from "./encoding.ts";
export { ffmpeg, type FfmpegOptions, ffprobe, input, MediaError } from "./ffmpeg.ts";
export { makePoster } from "./poster.ts";
export { factsOf, inspect, type Inspection, probe } from "./probe.ts";
export { makeProxy } from "./proxy.ts";
export { DEMUXERS, type Format, sniff, sniffFile } from "./sniff.ts";
