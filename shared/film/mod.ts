/** The film room: from an assembler's shots, takes and tracks to its cut list. */
export { LIST_FORMATS, type ListFormat, notCarried } from "./carried.ts";
export { type Fault, filmFaults, handleLacking, leastBefore, mixedInto } from "./faults.ts";
export {
  type FilmNode,
  type FilmSources,
  type FilmTake,
  type LaidShot,
  layFilm,
  lengthOf,
  rangeOf,
} from "./lay.ts";
export { channelOf, levelOf } from "./tracks.ts";
