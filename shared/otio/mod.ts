/** The OTIO room: the cut list as OpenTimelineIO JSON. */
export { OtioError } from "./model.ts";
export { type OtioRead, readOtio } from "./read.ts";
export { type Media, writeOtio } from "./write.ts";
