import assert from "node:assert/strict";
import { failedIn, readReport, slowest } from "./report.ts";

const XML = `<?xml version="1.0"?><testsuites name="deno test" tests="6" failures="2" errors="0" time="3.5">
    <testsuite name="./gateway/a_test.ts" tests="4" disabled="1" errors="0" failures="2">
      <testcase name="b" classname="./gateway/a_test.ts" time="1.500"><failure message="x">at (</failure></testcase>
      <testcase name="b &gt; its step" classname="./gateway/a_test.ts" time="1.250"></testcase>
    </testsuite>
    <testsuite name="./gateway/b_test.ts" tests="2" disabled="0" errors="0" failures="0">
      <testcase name="c" classname="./gateway/b_test.ts" time="2.000"></testcase>
    </testsuite>
  </testsuites>`;

const batch = { name: "x", files: ["gateway/a_test.ts", "gateway/b_test.ts", "gateway/c_test.ts"], env: {} };

Deno.test("a report says what passed, failed and was skipped in a file, and how long it took", () => {
  assert.deepEqual(readReport(XML), [
    { file: "gateway/a_test.ts", passed: 1, failed: 2, skipped: 1, seconds: 1.5 },
    { file: "gateway/b_test.ts", passed: 2, failed: 0, skipped: 0, seconds: 2 },
  ]);
  assert.deepEqual(slowest(readReport(XML), 1), ["    2.0  gateway/b_test.ts"]);
});

Deno.test("what failed is a file with a failure, else whatever a failed process says nothing of", () => {
  const reports = readReport(XML);
  assert.deepEqual(failedIn({ batch, ok: false, reports }), ["gateway/a_test.ts"]);
  assert.deepEqual(failedIn({ batch, ok: false, reports: reports.slice(1) }), [
    "gateway/a_test.ts",
    "gateway/c_test.ts",
  ]);
  // It could not be loaded.
  assert.deepEqual(failedIn({ batch, ok: false, reports: readReport("") }), batch.files);
  assert.deepEqual(failedIn({ batch, ok: true, reports }), []);
});
