import { askPython, findPython, pipInstall, type PythonFound } from "./python.ts";

/** The reader of a Final Cut assistant, without what it serves. It has nothing of OpenTimelineIO, and counts in whole fractions. */
const PACKAGES = ["fcp-mcp-server==0.27.2", "defusedxml==0.7.1"];

/** A clip as it reads it: frames at the sequence's rate, `at` from its head. */
export interface FinalCutClip {
  name: string;
  at: number;
  start: number;
  frames: number;
}

export interface FinalCutSequence {
  rate: number;
  frames: number;
  size: [number, number];
  clips: FinalCutClip[];
  /** What hangs on the clips, by lane. */
  connected: (FinalCutClip & { lane: number })[];
  /** Frames of each. */
  transitions: number[];
}

let found: Promise<PythonFound> | null = null;

/** A Python that has it, installed once from PyPI; else why not. */
export function findFinalCutReader(): Promise<PythonFound> {
  return found ??= findPython({
    ...{ folder: "fcp-mcp-server-0.27.2", name: "a reader of FCPXML" },
    install: (python) => pipInstall(python, PACKAGES, ["--no-deps"]),
  });
}

/** Reads the sequence of each document. */
export async function readFinalCut(
  python: string,
  documents: readonly string[],
): Promise<FinalCutSequence[]> {
  return JSON.parse(await askPython(python, ["-c", READER], JSON.stringify(documents)));
}

const READER = `
import json, sys
from fcpxml.parser import FCPXMLParser

def clip(it, at):
    return {"name": it.name, "at": at.frames, "start": it.source_start.frames, "frames": it.duration.frames}

found = []
for text in json.load(sys.stdin):
    [it] = FCPXMLParser().parse_string(text).timelines
    found.append({
        "rate": it.frame_rate, "frames": it.duration.frames, "size": [it.width, it.height],
        "clips": [clip(each, each.start) for each in it.clips],
        "connected": [{**clip(each, each.timeline_start), "lane": each.lane} for each in it.connected_clips],
        "transitions": [each.duration.frames for each in it.transitions],
    })
print(json.dumps(found))
`;
