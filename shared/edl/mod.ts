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
export { called, compileCut, type Cut, type CutTake, framesSince, type Piece, type Source } from "./cut.ts";
export { type Sound } from "./sounds.ts";
export { frameOf, framesPerSecond, lengthAt, percentOf, type Retime, speedOf } from "./retime.ts";
export { type EventSound, noteOf, noteRemarks, remarkOf, SILENCE, soundOf, soundRemarks } from "./remarks.ts";
export { mixAt, type Wipe, wipeOf, WIPES } from "./wipe.ts";
export { lineOf, parseEdl } from "./parse.ts";
export { AUXILIARY, baseName, EdlProfile, soundReel, stemOf } from "./profile.ts";
export { transitionLines } from "./transition.ts";
export { writeEdl, type WriteOptions } from "./write.ts";
