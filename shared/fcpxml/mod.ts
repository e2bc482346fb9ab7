/** The FCPXML room: the cut list as Final Cut Pro XML, and back. */
export { type FcpxmlRead, readFcpxml } from "./read.ts";
export { type Shape, writeFcpxml } from "./write.ts";
export { FcpxmlError } from "./xml.ts";
