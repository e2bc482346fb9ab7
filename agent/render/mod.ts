/** The render room: from a cut list and its takes to a film. */
export { type AssemblerOptions, createAssembler } from "./assemble.ts";
export { type CacheOptions, openCache, type SegmentCache } from "./cache.ts";
