import assert from "node:assert/strict";
import fc from "fast-check";
import { laidFilms, laidMedia } from "../film/arbitrary.ts";
import { RATES } from "../time/rate.ts";
import { FcpxmlError, readFcpxml, writeFcpxml } from "./mod.ts";

const SHAPE = { width: 720, height: 576, pixel_aspect: "64:45" };

/** As Final Cut writes one: a title over the first clip, a compound clip, half-second transitions, speed. */
const FOREIGN = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE fcpxml>
<fcpxml version="1.9">
  <resources>
    <format id="r1" frameDuration="100/2500s" width="1920" height="1080"/>
    <asset id="r2" name="A &amp; B" start="3600s" duration="40s" hasVideo="1" hasAudio="1" format="r1">
      <media-rep kind="original-media" src="file:///Volumes/Takes/A%20%26%20B.mov"/>
    </asset>
    <asset id="r3" name="Theme" start="0s" duration="60s" hasAudio="1" src="file:///Theme.wav"/>
    <effect id="r4" name="Star" uid="x"/>
  </resources>
  <library><event name="E"><project name="My cut"><sequence format="r1" tcStart="3600s" tcFormat="NDF"><spine>
    <asset-clip ref="r2" name="A &amp; B" offset="3600s" start="3602s" duration="4s" audioRole="dialogue">
      <note>Darker</note>
      <adjust-volume amount="-3dB"/>
      <title ref="r4" lane="1" offset="3602s" name="Title" duration="2s"/>
      <asset-clip ref="r3" lane="-2" offset="3603s" name="Theme" start="10s" duration="6s" audioRole="music">
        <adjust-volume amount="-12.5dB"><param name="amount"><fadeOut type="easeIn" duration="1s"/></param></adjust-volume>
      </asset-clip>
    </asset-clip>
    <transition name="Star Wipe" offset="90090/25s" duration="20/25s"/>
    <asset-clip ref="r2" name="A &amp; B" offset="3604s" start="3620s" duration="2s">
      <timeMap><timept time="3620s" value="3620s"/><timept time="3622s" value="3624s"/></timeMap>
    </asset-clip>
    <gap offset="3606s" name="Gap" start="3600s" duration="1s"/>
    <ref-clip ref="r9" offset="3607s" name="Nested" duration="1s"/>
  </spine></sequence></project></event></library>
</fcpxml>`;

Deno.test("a file of Final Cut's own is read: trims, speed, levels, connected sound, and what is left is said", () => {
  const { timeline, left, places } = readFcpxml(FOREIGN, RATES["25"]);
  const [first, leaves, second, nested, theme] = timeline.events;
  assert.equal(timeline.title, "My cut");
  assert.equal(first!.reel, "A_&_B");
  // The transition begins ten frames before the cut: what it leaves ends there, what comes begins earlier.
  assert.deepEqual([first!.record, first!.source], [{ in: 90_000, out: 90_090 }, {
    in: 90_050,
    out: 90_140,
  }]);
  assert.deepEqual(first!.comments, [
    "AUDIO LEVEL AT 01:00:00:00 IS -3.00 DB  (REEL A_&_B A1)",
    "NOTE: Darker",
  ]);
  assert.equal(leaves!.record.in, leaves!.record.out);
  assert.deepEqual(second!.transition, { kind: "dissolve", frames: 20 });
  assert.deepEqual([second!.record.in, second!.speed], [90_090, 50]);
  assert.deepEqual(second!.source, { in: 90_480, out: 90_600 });
  assert.equal(nested!.record.in, 90_175);
  assert.deepEqual([theme!.channels, theme!.record.in, theme!.source.in], ["A2", 90_025, 250]);
  assert.ok(theme!.comments.includes("AUDIO FADE OUT: 025"));
  assert.equal(places.get(first!), "line 13");
  assert.deepEqual(left.map((sentence) => sentence.replace(/ \(.*/s, "")), [
    '"Title"',
    'The transition "Star Wipe"',
    '"Nested"',
  ]);
});

Deno.test("a project's pixels and its way of counting are in the file", () => {
  const [film] = fc.sample(laidFilms([{ rate: RATES["29.97"], drop: true }]), { numRuns: 1, seed: 3 });
  const text = writeFcpxml(film!.timeline, laidMedia(), SHAPE);
  assert.match(
    text,
    /<format id="r1" frameDuration="1001\/30000s" width="720" height="576" paspH="64" paspV="45"\/>/,
  );
  assert.match(text, /tcFormat="DF"/);
});

for (
  const [what, text, says] of [
    ["nothing", "", /empty|not well-formed/],
    ["a picture", "\x89PNG", /^Line 1: it is not well-formed XML/],
    ["another XML", "<svg/>", /^Line 1: <fcpxml> was expected, found <svg>/],
    ["no project", "<fcpxml><resources/></fcpxml>", /a <project> with a <sequence> was expected/],
    [
      "an entity that grows",
      '<!DOCTYPE fcpxml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>\n<fcpxml>&b;</fcpxml>',
      /^Line 1: a document type without entities was expected/,
    ],
    [
      "an entity from outside",
      '<!DOCTYPE fcpxml [<!ENTITY a SYSTEM "file:///etc/passwd">]><fcpxml>&a;</fcpxml>',
      /without entities/,
    ],
    ["an entity of no kind", "<fcpxml>\n&nbsp;</fcpxml>", /^Line 2: it is not well-formed XML/],
    [
      "a time that is none",
      FOREIGN.replace('offset="3604s"', 'offset="soon"'),
      /^Line 22: a time like .*found "soon"/,
    ],
    [
      "a clip without length",
      FOREIGN.replace(' duration="4s"', ' duration="-4s"'),
      /^Line 13: a duration was expected/,
    ],
    [
      "clips that overlap",
      FOREIGN.replace('offset="3606s"', 'offset="3605s"'),
      /^Line 25: an offset of 90150 frames or more/,
    ],
    ["a frame of no length", FOREIGN.replace("100/2500s", "0s"), /^Line 5: a frame's duration above 0/],
  ] as const
) {
  Deno.test(`a file with ${what} is refused with the line and the reason`, () => {
    assert.throws(() => readFcpxml(text, RATES["25"]), (error) => {
      assert(error instanceof FcpxmlError, String(error));
      assert.match(error.message, says);
      return true;
    });
  });
}

Deno.test("a damaged file is read to whole frames or refused in words, never anything else", () => {
  fc.assert(
    fc.property(
      fc.nat(FOREIGN.length - 1),
      fc.nat(40),
      fc.constantFrom("", "<", '"', "9", "-", "0s", "&"),
      (at, cut, put) => {
        const text = FOREIGN.slice(0, at) + put + FOREIGN.slice(at + cut);
        try {
          for (const { source, record } of readFcpxml(text, RATES["25"]).timeline.events) {
            for (const frame of [source.in, source.out, record.in, record.out]) {
              assert.ok(
                Number.isInteger(frame),
              );
            }
          }
        } catch (error) {
          assert.ok(error instanceof FcpxmlError, String(error));
        }
      },
    ),
    { numRuns: 1000, seed: 2 },
  );
});
