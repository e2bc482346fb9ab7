/** The EDL room: the cut list as data, and as CMX3600 text. */
export {
  BLACK,
  clipOf,
  EdlError,
  type EdlEvent,
  hasPicture,
  hasSound,
  MAX_EVENTS,
  type Range,
  RECORD_START_HOUR,
  recordRange,
  type Timeline,
  type Transition,
} from "./model.ts";
export { parseEdl } from "./parse.ts";
export { writeEdl } from "./write.ts";
