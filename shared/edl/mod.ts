/** The EDL room: the cut list as data, and as CMX3600 text. */
export {
  BLACK,
  clipOf,
  EdlError,
  type EdlEvent,
  hasPicture,
  hasSound,
  MAX_EVENTS,
  ownClip,
  type Range,
  RECORD_START_HOUR,
  recordRange,
  type Timeline,
  type Transition,
} from "./model.ts";
export {
  called,
  compileCut,
  type Cut,
  type CutTake,
  framesSince,
  type Piece,
  type Sound,
  type Source,
} from "./cut.ts";
export { lineOf, parseEdl } from "./parse.ts";
export { AUXILIARY, baseName, EdlProfile, stemOf } from "./profile.ts";
export { transitionLines } from "./transition.ts";
export { writeEdl, type WriteOptions } from "./write.ts";
