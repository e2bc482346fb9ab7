import assert from "node:assert/strict";
import { linkIn } from "./link.ts";

Deno.test("a text that is an address and nothing else is a link, of media by its ending", () => {
  assert.deepEqual(linkIn(" https://example.com/a/The%20keeper.PNG?size=2 \n"), {
    url: "https://example.com/a/The%20keeper.PNG?size=2",
    name: "The keeper.PNG",
    media: true,
  });
  assert.equal(linkIn("https://example.com/read/this")?.media, false);
  assert.equal(linkIn("https://example.com")?.name, "example.com");
  assert.equal(linkIn("http://example.com/100%.webm")?.name, "100%.webm");
  assert.equal(linkIn("data:image/png;base64,AAAA")?.media, true);
  for (
    const text of [
      "see https://example.com/a.png",
      "javascript:alert(1)",
      "file:///etc/passwd",
      "https://",
      "",
    ]
  ) {
    assert.equal(linkIn(text), null, text);
  }
});
