import assert from "node:assert/strict";
import fc from "fast-check";
import { writeFcpxml } from "../fcpxml/mod.ts";
import { parseXml, type XmlElement } from "../fcpxml/xml.ts";
import { laidFilms, laidMedia } from "./arbitrary.ts";

interface Rule {
  /** What it holds, in this order: names behind which `?`, `*` and `+` say how many. */
  holds: string;
  /** Attributes that it has to have, and those that it may have. */
  needs: string;
  may: string;
}

const VIDEO_ADJUST =
  "object-tracker? adjust-crop? adjust-corners? adjust-conform? adjust-transform? adjust-blend? " +
  "adjust-stabilization? adjust-rollingShutter? adjust-360-transform? adjust-reorient? adjust-orientation? adjust-cinematic?";
const ANCHORED = "(audio|video|clip|title|caption|mc-clip|ref-clip|sync-clip|asset-clip|audition|spine)*";
const WITHIN = "(spine|audio|video|clip|title|mc-clip|ref-clip|sync-clip|asset-clip|audition|gap|caption)*";
const MARKERS = "(marker|chapter-marker|rating|keyword|analysis-marker)*";
const FILTERS = "(filter-video|filter-video-mask)* filter-audio* metadata?";
const CLIP = "lane offset name start enabled";

/** What Apple's document type of FCPXML 1.10 says of the elements that are written. */
const RULES: Readonly<Record<string, Rule>> = {
  "fcpxml": { holds: "import-options? resources? (library|event|project)*", needs: "version", may: "" },
  "resources": { holds: "(asset|effect|format|media|locator)*", needs: "", may: "" },
  "format": {
    ...{ holds: "", needs: "id" },
    may: "name frameDuration fieldOrder width height paspH paspV colorSpace projection stereoscopic",
  },
  "asset": {
    ...{ holds: "media-rep+ metadata?", needs: "id" },
    may:
      "name uid start duration hasVideo format hasAudio videoSources audioSources audioChannels audioRate " +
      "customLUTOverride colorSpaceOverride projectionOverride stereoscopicOverride auxVideoFlags",
  },
  "media-rep": { holds: "bookmark?", needs: "src", may: "kind sig suggestedFilename" },
  "effect": { holds: "", needs: "id uid", may: "name src" },
  "library": { holds: "(event|smart-collection)*", needs: "", may: "location colorProcessing" },
  "event": {
    holds:
      "(clip|audition|mc-clip|ref-clip|sync-clip|asset-clip|collection-folder|keyword-collection|smart-collection|project)*",
    ...{ needs: "", may: "name uid" },
  },
  "project": { holds: "sequence", needs: "", may: "name uid id modDate" },
  "sequence": {
    ...{ holds: "note? spine metadata?", needs: "format" },
    may: "duration tcStart tcFormat audioLayout audioRate renderFormat keywords",
  },
  "spine": {
    holds: "(audio|video|clip|title|mc-clip|ref-clip|sync-clip|asset-clip|audition|gap|transition)*",
    ...{ needs: "", may: "lane offset name format" },
  },
  "asset-clip": {
    holds:
      `note? conform-rate? timeMap? ${VIDEO_ADJUST} adjust-volume? adjust-panner? ${ANCHORED} ${MARKERS} audio-channel-source* ${FILTERS}`,
    needs: "ref",
    may:
      `${CLIP} duration srcEnable audioStart audioDuration format tcStart tcFormat modDate audioRole videoRole`,
  },
  "clip": {
    holds:
      `note? conform-rate? timeMap? ${VIDEO_ADJUST} adjust-volume? adjust-panner? ${WITHIN} ${MARKERS} audio-channel-source* ${FILTERS}`,
    needs: "duration",
    may: `${CLIP} format audioStart audioDuration tcStart tcFormat modDate`,
  },
  "video": {
    holds:
      `param* note? conform-rate? timeMap? ${VIDEO_ADJUST} ${ANCHORED} ${MARKERS} (filter-video|filter-video-mask)* reserved?`,
    ...{ needs: "ref duration", may: `${CLIP} srcID role` },
  },
  "gap": {
    holds: `note? ${ANCHORED} ${MARKERS} metadata?`,
    needs: "duration",
    may: "name offset start enabled",
  },
  "transition": {
    holds: `filter-video? filter-audio? ${MARKERS} metadata? reserved?`,
    needs: "duration",
    may: "name offset",
  },
  "filter-video": { holds: "data* param*", needs: "ref", may: "name enabled" },
  "timeMap": { holds: "timept*", needs: "", may: "frameSampling preservesPitch" },
  "timept": { holds: "", needs: "time value", may: "interp inTime outTime" },
  "adjust-volume": { holds: "param*", needs: "", may: "amount" },
  "param": { holds: "fadeIn? fadeOut? keyframeAnimation? param*", needs: "name", may: "key value enabled" },
  "fadeIn": { holds: "", needs: "duration", may: "type" },
  "fadeOut": { holds: "", needs: "duration", may: "type" },
  "metadata": { holds: "md*", needs: "", may: "" },
  "md": { holds: "array?", needs: "key", may: "value editable type displayName description source" },
  "note": { holds: "", needs: "", may: "" },
};

const VALUES: Readonly<Record<string, RegExp>> = {
  ...{ tcFormat: /^(DF|NDF)$/, audioLayout: /^(mono|stereo|surround)$/, srcEnable: /^(all|audio|video)$/ },
  ...{ interp: /^(smooth2|linear|smooth)$/, enabled: /^[01]$/, hasVideo: /^1$/, hasAudio: /^1$/ },
  ...{ kind: /^(original-media|proxy-media)$/, type: /^(linear|easeIn|easeOut|easeInOut)$/ },
  ...{ duration: /^\d+(\/\d+)?s$/, offset: /^-?\d+(\/\d+)?s$/, start: /^-?\d+(\/\d+)?s$/ },
};

const words = (text: string) => text.split(" ").filter((word) => word !== "");

/** "a? (b|c)*" over names that each end with a space. */
function pattern(holds: string): RegExp {
  const one = (name: string) => `(?:${name.split("|").map((each) => `${each} `).join("|")})`;
  return new RegExp(`^${
    words(holds).map((word) => {
      const [, names, count] = /^\(?([\w|-]+)\)?([?*+]?)$/.exec(word)!;
      return one(names!) + count;
    }).join("")
  }$`);
}

function check(element: XmlElement, ids: Set<string>, refs: string[]): void {
  const rule = RULES[element.name];
  assert(rule, `<${element.name}> is no element of FCPXML 1.10 that is written`);
  const said = element.children.map((child) => `${child.name} `).join("");
  assert.match(said, pattern(rule.holds), `<${element.name}> may not hold: ${said}`);
  const names = Object.keys(element.attributes);
  for (const name of words(rule.needs)) assert(names.includes(name), `<${element.name}> lacks ${name}`);
  for (const name of names) {
    assert(words(`${rule.needs} ${rule.may}`).includes(name), `<${element.name}> has no ${name}`);
    const value = element.attributes[name]!;
    if (VALUES[name]) assert.match(value, VALUES[name], `${name} of <${element.name}>`);
    if (name === "id") {
      assert(!ids.has(value), `the id ${value} is given twice`);
      ids.add(value);
    }
    if (name === "ref" || name === "format") refs.push(value);
  }
  for (const child of element.children) check(child, ids, refs);
}

Deno.test("every FCPXML that is written keeps to the document type that Final Cut holds it against", () => {
  const media = laidMedia();
  const seen = new Set<string>();
  fc.assert(
    fc.property(laidFilms(), fc.constantFrom("1:1", "64:45"), ({ timeline }, pixel_aspect) => {
      const root = parseXml(writeFcpxml(timeline, media, { width: 1280, height: 720, pixel_aspect }));
      const [ids, refs] = [new Set<string>(), [] as string[]];
      check(root, ids, refs);
      for (const ref of refs) assert(ids.has(ref), `nothing has the id ${ref}`);
      const walk = (element: XmlElement): void => {
        seen.add(element.name);
        element.children.forEach(walk);
      };
      walk(root);
    }),
    { numRuns: 200, seed: 5 },
  );
  assert.deepEqual(Object.keys(RULES).filter((name) => !seen.has(name)), [], "each rule was put to use");
});
