import assert from "node:assert/strict";
import { readReport } from "./run.ts";

Deno.test("readReport() counts what passed, failed and was skipped, and names the files with a failure", () => {
  const outcome = readReport(
    `<?xml version="1.0"?><testsuites name="deno test" tests="6" failures="2" errors="0">
    <testsuite name="./gateway/a_test.ts" tests="4" disabled="1" errors="0" failures="2">
      <testcase name="b"><failure message="x">at (</failure></testcase>
    </testsuite>
    <testsuite name="./gateway/b_test.ts" tests="2" disabled="0" errors="0" failures="0"></testsuite>
  </testsuites>`,
  );
  assert.deepEqual(outcome, { passed: 3, failed: 2, skipped: 1, failedFiles: ["gateway/a_test.ts"] });
});
