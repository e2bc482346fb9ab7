import { join } from "@std/path";
import { askPython, findPython, PIP, pipInstall, type PythonFound, runPython } from "./python.ts";

/** OpenTimelineIO with its CMX3600 and Final Cut readers, in versions that agree with each other. */
const PACKAGES = ["opentimelineio==0.18.1", "otio-cmx3600-adapter==1.0.0", "otio-fcpx-xml-adapter==1.0.0"];

/** A cut list as OpenTimelineIO reads it: frames at the rate it was told. */
export interface OtioTimeline {
  name: string;
  frames: number;
  items: { kind: "Clip" | "Gap" | "Transition" | "Stack"; name: string; start: number; frames: number }[];
}

let found: Promise<PythonFound> | null = null;

/** A Python that has OpenTimelineIO: installed once from PyPI into a folder of its own in the user's cache; else why not. */
export function findOtio(): Promise<PythonFound> {
  return found ??= findPython({ folder: "otio-0.18.1-fcpx", name: "OpenTimelineIO", install });
}

/** Reads a CMX3600 list. `rate` in frames a second, since the list does not say. */
export async function readWithOtio(python: string, edl: string, rate: number): Promise<OtioTimeline> {
  return JSON.parse(await askPython(python, ["-c", READER, "cmx_3600", String(rate)], edl));
}

/** Reads OpenTimelineIO JSON. */
export async function readJsonWithOtio(python: string, otio: string): Promise<OtioTimeline> {
  return JSON.parse(await askPython(python, ["-c", READER, "otio_json", "0"], otio));
}

/** One picture track of a timeline, as it reads a list or writes one. */
export interface Corpus {
  /** `cmx_3600` or `fcpx_xml`. */
  adapter: string;
  rate: number;
  text: string;
}

/** Reads many lists in one go, each as it understands it and as its JSON; what cannot be read is null with its reason. */
export async function readManyWithOtio(
  python: string,
  lists: readonly Corpus[],
): Promise<{ read: OtioTimeline | null; otio: string; why: string }[]> {
  return JSON.parse(await askPython(python, ["-c", MANY], JSON.stringify(lists)));
}

/** Has it write timelines (its JSON) as lists; null where it cannot. */
export async function writeManyWithOtio(
  python: string,
  timelines: readonly { otio: string; adapter: string; rate: number }[],
): Promise<(string | null)[]> {
  return JSON.parse(await askPython(python, ["-c", WRITE], JSON.stringify(timelines)));
}

/** Sample files of its Final Cut reader, and what it understands of them. */
export async function readFcpxSamples(
  python: string,
): Promise<{ name: string; text: string; read: OtioTimeline }[]> {
  return JSON.parse(await askPython(python, ["-c", FCPX, join(python, "..", "..", "samples")], ""));
}

/** A sample list of OpenTimelineIO's own: as it writes it in JSON, and as it understands it at `rate`. */
export interface OtioSample {
  name: string;
  /** The list itself. */
  text: string;
  otio: string;
  read: OtioTimeline;
  rate: number;
}

/** The sample lists that come with its reader, those that it can read. */
export async function readOtioSamples(python: string): Promise<OtioSample[]> {
  return JSON.parse(await askPython(python, ["-c", SAMPLES, join(python, "..", "..", "samples")], ""));
}

const DESCRIBE = `
def describe(timeline):
    track = timeline.video_tracks()[0]
    items = []
    for item in track:
        range = getattr(item, "source_range", None)
        items.append({
            "kind": type(item).__name__,
            "name": item.name,
            "start": range.start_time.to_frames() if range else 0,
            "frames": item.duration().to_frames(),
        })
    return {"name": timeline.name, "frames": track.duration().to_frames(), "items": items}
`;

const READER = `
import json, sys
import opentimelineio as otio
${DESCRIBE}
more = {"rate": float(sys.argv[2])} if sys.argv[1] == "cmx_3600" else {}
print(json.dumps(describe(otio.adapters.read_from_string(sys.stdin.read(), sys.argv[1], **more))))
`;

const MANY = `
import json, sys
import opentimelineio as otio
${DESCRIBE}
found = []
for each in json.load(sys.stdin):
    more = {"rate": each["rate"]} if each["adapter"] == "cmx_3600" else {}
    try:
        timeline = otio.adapters.read_from_string(each["text"], each["adapter"], **more)
        if isinstance(timeline, otio.schema.SerializableCollection):
            timeline = timeline[0]
        text = otio.adapters.write_to_string(timeline, "otio_json")
        found.append({"read": describe(timeline), "otio": text, "why": ""})
    except Exception as error:
        found.append({"read": None, "otio": "", "why": repr(error)})
print(json.dumps(found))
`;

const WRITE = `
import json, sys
import opentimelineio as otio
found = []
for each in json.load(sys.stdin):
    try:
        timeline = otio.adapters.read_from_string(each["otio"], "otio_json")
        more = {"rate": each["rate"]} if each["adapter"] == "cmx_3600" else {}
        found.append(otio.adapters.write_to_string(timeline, each["adapter"], **more))
    except Exception:
        found.append(None)
print(json.dumps(found))
`;

const FCPX = `
import glob, json, os, sys
import opentimelineio as otio
${DESCRIBE}
found = []
for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.fcpxml"))):
    try:
        read = otio.adapters.read_from_file(path, "fcpx_xml")
    except Exception:
        continue
    timelines = read if isinstance(read, otio.schema.SerializableCollection) else [read]
    timelines = [it for it in timelines if isinstance(it, otio.schema.Timeline) and it.video_tracks()]
    if timelines:
        found.append({"name": os.path.basename(path), "text": open(path).read(), "read": describe(timelines[0])})
print(json.dumps(found))
`;

/** Lists that its own reader refuses at these rates are left out: they are samples of refusals. */
const SAMPLES = `
import glob, json, os, sys
import opentimelineio as otio
${DESCRIBE}
found = []
for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.edl"))):
    for rate in (24, 25, 30):
        try:
            timeline = otio.adapters.read_from_file(path, "cmx_3600", rate=rate)
        except Exception:
            continue
        if not timeline.video_tracks():
            break
        text = otio.adapters.write_to_string(timeline, "otio_json")
        own = open(path, encoding="utf-8", errors="replace").read()
        found.append({"name": os.path.basename(path), "text": own, "otio": text, "read": describe(timeline), "rate": rate})
        break
print(json.dumps(found))
`;

/** Takes the sample lists out of the reader's source package. */
const UNPACK = `
import glob, os, sys, tarfile
folder = sys.argv[1]
os.makedirs(os.path.join(folder, "samples"), exist_ok=True)
for package in glob.glob(os.path.join(folder, "*.tar.gz")):
    with tarfile.open(package) as archive:
        for member in archive.getmembers():
            if member.isfile() and "/sample_data/" in member.name:
                with open(os.path.join(folder, "samples", os.path.basename(member.name)), "wb") as to:
                    to.write(archive.extractfile(member).read())
`;

async function install(python: string, folder: string): Promise<string | null> {
  const source = ["--no-binary", ":all:", "--no-deps", "--dest", folder, ...PACKAGES.slice(1)];
  return await pipInstall(python, PACKAGES) ??
    await runPython(python, ["-m", "pip", "download", ...PIP, ...source]) ??
    await runPython(python, ["-c", UNPACK, folder]);
}
