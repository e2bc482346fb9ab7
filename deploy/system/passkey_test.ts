import assert from "node:assert/strict";
import { build } from "../../ui/build.ts";
import { openTestStudio } from "../../gateway/testing/studio.ts";
import { openPage, tell } from "../testing/browser.ts";

/** Chromium's own virtual authenticator stands in for a phone's or a computer's. */
Deno.test(
  {
    name: "a person adds a passkey, signs in with it, and removes it",
    sanitizeResources: false,
    sanitizeOps: false,
  },
  async () => {
    await build();
    await using test = await openTestStudio();
    // Passkeys are bound to a name.
    const base = (await test.serve()).replace("127.0.0.1", "localhost");
    test.studio.config.publicUrl = base;
    await using open = await openPage(`${base}/enter?token=${await test.studio.auth.ownerLink()}`);
    const { page } = open;
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("WebAuthn.enable");
    const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });

    await tell(page, async () => {
      await page.goto(`${base}/people`);
      await page.getByText("You have none yet.").waitFor();
      await page.getByLabel("Name of the passkey").fill("My laptop");
      await page.getByRole("button", { name: "Add a passkey" }).click();
      await page.getByText('The passkey "My laptop" signs you in from now on.').waitFor();
      const { credentials } = await devtools.send("WebAuthn.getCredentials", { authenticatorId });
      assert.equal(credentials.length, 1);
      assert.equal(credentials[0]!.rpId, "localhost");

      // Signed out, the same person comes back with the key alone.
      await page.getByRole("row").filter({ hasText: "this one" }).getByRole("button", { name: "Sign out" })
        .click();
      await page.getByRole("button", { name: "Use a passkey" }).waitFor();
      await page.goto(base);
      await page.getByRole("button", { name: "Use a passkey" }).click();
      await page.getByText("No films yet").or(page.getByRole("heading", { name: "Films" })).first().waitFor();
      const me = await page.evaluate(() => fetch("/api/me").then((answer) => answer.json()));
      assert.equal(me.id, test.owner.user_id);

      // A key that was removed here opens nothing, however good its signature is.
      await page.goto(`${base}/people`);
      const row = page.getByRole("row", { name: /^My laptop/ });
      await row.getByRole("button", { name: "Remove" }).click();
      await row.waitFor({ state: "detached" });
      await page.getByRole("row").filter({ hasText: "this one" }).getByRole("button", { name: "Sign out" })
        .click();
      await page.getByRole("button", { name: "Use a passkey" }).waitFor();
      await page.goto(base);
      await page.getByRole("button", { name: "Use a passkey" }).click();
      await page.getByText("not of this studio, or was removed here").waitFor();
    });
    const { items } = await (await test.request("/api/audit?limit=50")).json();
    const told = (items as { sentence: string }[]).map((each) => each.sentence);
    assert.ok(told.includes('Owner added the passkey "My laptop".'));
    assert.ok(told.includes("Owner signed in with a passkey."));
    assert.ok(told.includes('Owner removed the passkey "My laptop".'));
    // The refused sign-in is the only thing that the browser has to complain about.
    assert.deepEqual(open.complaints.filter((each) => !each.includes("401")), []);
  },
);

Deno.test("a question is answered once, by whom it was asked, and under a name", async () => {
  await using test = await openTestStudio();
  const under = await test.request("/api/auth/passkeys/question", { method: "POST" });
  assert.equal(under.status, 200);
  const { challenge_id } = await under.json();
  const empty = { clientDataJSON: "", attestationObject: "" };
  const credential = {
    id: "AA",
    rawId: "AA",
    type: "public-key",
    clientExtensionResults: {},
    response: empty,
  };
  const answer = (as: "owner" | "artist") =>
    test.request(
      "/api/auth/passkeys",
      { method: "POST", json: { challenge_id, name: "x", credential } },
      as,
    );
  // Another's answer does not even use the question up.
  assert.match((await (await answer("artist")).json()).detail, /took too long, or was answered already/);
  assert.match((await (await answer("owner")).json()).detail, /does not hold for this studio/);
  assert.match((await (await answer("owner")).json()).detail, /took too long, or was answered already/);

  test.studio.config.publicUrl = "http://192.0.2.7:8000";
  const numbers = await test.request("/api/auth/passkeys/question", { method: "POST" });
  assert.equal(numbers.status, 422);
  assert.match((await numbers.json()).detail, /bound to a name/);
});
