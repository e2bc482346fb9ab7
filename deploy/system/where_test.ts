import assert from "node:assert/strict";
import { openTestStudio } from "../../gateway/testing/studio.ts";
import { build } from "../../ui/build.ts";
import { openPage, stepsOf } from "../testing/browser.ts";

/** A grey JPEG of 16 by 16 pixels. */
const JPEG = Uint8Array.from(
  atob(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA=",
  ),
  (character) => character.charCodeAt(0),
);
const PICTURES = Deno.env.get("PICTURES");

/** Where work runs, as the studio's owner decides it, and what a machine says about a job. */
Deno.test(
  {
    name: "an owner says where a film's work runs and looks at what the machines say",
    sanitizeResources: false,
    sanitizeOps: false,
  },
  async (t) => {
    await build();
    await using test = await openTestStudio();
    const url = await test.serve();
    const project = await test.makeProject("The Secret");
    const [friend] = [
      await test.joinAgent({ name: "friend", vramMb: 16 * 1024 }),
      await test.joinAgent({ name: "attic", vramMb: 12 * 1024 }),
    ];
    const graph = {
      nodes: [{
        id: "face",
        type: "generate_image",
        title: "The face",
        shot: "STILL-FACE",
        prompt: "A face nobody may see",
        runner: "animatic-still",
        position: { x: 0, y: 0 },
      }],
      edges: [],
    };
    const put = await test.request(`/api/projects/${project.id}/canvas`, { method: "PUT", json: { graph } });
    assert.equal(put.status, 200, await put.text());
    await using open = await openPage(`${url}/enter?token=${await test.studio.auth.ownerLink()}`);
    const { page } = open;
    const step = stepsOf(t, page);
    const picture = async (name: string) => {
      if (PICTURES) await page.screenshot({ path: `${PICTURES}/${name}.png` });
    };
    const dock = page.locator(".dock");
    const right = page.locator(".right");
    const tab = (name: string) => page.getByRole("tab", { name }).click();
    const queue = page.getByRole("table", { name: "Queue" });

    await step(
      "the fleet says whose machines they are, and a film runs on those that are chosen",
      async () => {
        await page.locator(".card", { hasText: "The Secret" }).getByRole("link").click();
        await tab("Fleet");
        const fleet = page.getByRole("table", { name: "Fleet" });
        await fleet.getByRole("cell", { name: "Trusted" }).first().waitFor();
        await dock.getByLabel("This film may run on").selectOption("own");
        await page.waitForFunction(
          (id) =>
            fetch(`/api/projects/${id}`).then((answer) => answer.json()).then(({ trust }) => trust === "own"),
          project.id,
        );
        await page.locator(".node").first().locator("header").click();
        await right.getByRole("button", { name: "Generate", exact: true }).click();
        await tab("Queue");
        await queue.getByText(
          "2 cards could do this (attic and friend), but the project only allows own machines.",
        )
          .waitFor();
        await picture("permission");
      },
    );

    await step("a machine becomes the studio's own, and what waited is its work", async () => {
      await tab("Fleet");
      await page.getByRole("button", { name: "Settings of friend" }).click();
      await picture("fleet");
      await dock.getByLabel("Whose machine it is").last().selectOption("own");
      await page.getByRole("cell", { name: "The studio's own" }).waitFor();
      await tab("Queue");
      await queue.getByText("Next, as soon as a card is free").waitFor();
    });

    let lease = await friend.lease();
    await step("what the machine says and shows of a running job is in the queue", async () => {
      const send = (path: string, init: Parameters<typeof friend.request>[1]) =>
        friend.request(`/api/agent/leases/${lease.lease}/${path}`, { method: "PUT", ...init });
      const log = Array.from(
        { length: 12 },
        (_, line) => `12:03:${10 + line} Loading the model, part ${line}`,
      );
      const told = await send("log", { json: { tail: [...log, "12:03:40 Sampling 8 of 20"].join("\n") } });
      assert.equal(told.status, 204);
      const shown = await send("preview", { headers: { "content-type": "image/jpeg" }, body: JPEG });
      assert.equal(shown.status, 204);
      await queue.getByRole("button", { name: "Details of The face, take 1" }).click();
      await queue.getByLabel("Log of The face, take 1").getByText("Sampling 8 of 20").waitFor();
      await queue.getByRole("img", { name: "The last picture of The face, take 1" }).waitFor();
      await picture("log");
      await tab("Fleet");
      await page.getByRole("button", { name: "Settings of friend" }).click();
      await dock.getByLabel("Log of The face, take 1").getByText("Sampling 8 of 20").waitFor();
      await tab("Queue");
    });

    await step("the log of a failure stays", async () => {
      assert.equal((await friend.fail(lease, { class: "invalid", message: "The size is odd." })).status, 204);
      await queue.getByText("The size is odd.").waitFor();
      await page.reload();
      await queue.getByRole("button", { name: "Details of The face, take 1" }).click();
      await queue.getByLabel("Log of The face, take 1").getByText("Sampling 8 of 20").waitFor();
    });

    await step("a shot is run on one machine only, and says so when it is not there", async () => {
      await page.locator(".node").first().locator("header").click();
      await right.getByText("Where it runs").click();
      await right.getByLabel("Run only on: add a machine").selectOption({ label: "attic" });
      await right.getByRole("button", { name: "Run only on: take out attic" }).waitFor();
      await right.getByText("Where it runs").scrollIntoViewIfNeeded();
      await picture("inspector");
      await right.getByRole("button", { name: "Generate", exact: true }).click();
      await queue.getByText("It is to run on attic alone, and it may not run there (own machines only).")
        .waitFor();
      await right.getByRole("button", { name: "Run only on: take out attic" }).click();
      await queue.getByText("Next, as soon as a card is free").waitFor();
      lease = await friend.lease();
      assert.equal(lease.spec.title, "The face");
    });

    await step("a film's work is for machines with a tag", async () => {
      await tab("Fleet");
      await page.getByRole("button", { name: "Settings of friend" }).click();
      const tags = dock.getByRole("textbox", { name: /^Tags/ });
      await tags.fill("4090, Studio-B");
      await tags.press("Enter");
      await dock.getByLabel("Tags of friend").getByText("studio-b").waitFor();
      await dock.getByLabel("Run only on: add a machine").selectOption("#4090");
      await dock.getByRole("button", { name: "Run only on: take out tagged 4090" }).waitFor();
      await picture("tags");
      await page.getByRole("button", { name: "Settings of friend" }).click();
    });

    await step(
      "a machine whose disk spoils everything gets no more, says why, and a click lets it out",
      async () => {
        const full = { class: "agent", message: "The agent's disk is full at /data.", fault: "disk" };
        for (let n = 0;; n++) {
          assert.equal((await friend.fail(lease, full)).status, 204);
          if (n === 2) break;
          const path = `/api/projects/${project.id}/jobs`;
          const more = await test.request(path, { method: "POST", json: { node_id: "face" } });
          assert.equal(more.status, 202, await more.text());
          lease = await friend.lease();
        }
        const fleet = page.getByRole("table", { name: "Fleet" });
        await fleet.getByText("Quarantined").waitFor();
        await fleet.getByText(/3 attempts at 3 jobs failed here within an hour: its disk was full\./)
          .waitFor();
        await picture("quarantine");
        await fleet.getByRole("button", { name: "End quarantine of friend" }).click();
        await fleet.getByText("Quarantined").waitFor({ state: "hidden" });
      },
    );
    assert.deepEqual(open.complaints, []);
  },
);
