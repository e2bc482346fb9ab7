import assert from "node:assert/strict";
import { share } from "./sharing.ts";
import { until } from "./testing.ts";

Deno.test({
  name: "an artist who leaves in the middle of a push leaves no process behind",
  // Where processes can be looked at.
  ignore: Deno.build.os !== "linux",
}, async () => {
  await using it = await share();
  const url = new URL(
    `/git/${it.project.tenant_slug}/${it.project.slug}.git/git-receive-pack`,
    it.url("nobody"),
  );
  const leave = new AbortController();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode("00"));
    },
  });
  const asked = fetch(url, {
    method: "POST",
    body,
    signal: leave.signal,
    headers: {
      authorization: `Bearer ${it.world.tokens.artist}`,
      "content-type": "application/x-git-receive-pack-request",
    },
  }).catch((error) => error);
  await until("the backend", async () => (await backends(it.gitDir)) > 0);
  leave.abort();
  await asked;
  await until("its end", async () => (await backends(it.gitDir)) === 0);
});

Deno.test({
  name: "an artist whose line breaks in the middle of a push of known length leaves no process behind",
  ignore: Deno.build.os !== "linux",
}, async () => {
  await using it = await share();
  const url = new URL(it.url("nobody"));
  {
    using line = await Deno.connect({ hostname: url.hostname, port: Number(url.port) });
    const request = [
      `POST ${url.pathname}/git-receive-pack HTTP/1.1`,
      `Host: ${url.host}`,
      `Authorization: Bearer ${it.world.tokens.artist}`,
      "Content-Type: application/x-git-receive-pack-request",
      "Content-Length: 100000",
      "",
      "00",
    ].join("\r\n");
    await line.write(new TextEncoder().encode(request));
    await until("the backend", async () => (await backends(it.gitDir)) > 0);
  }
  await until("its end", async () => (await backends(it.gitDir)) === 0);
});

Deno.test({
  name: "an artist who leaves in the middle of a clone leaves no process behind",
  ignore: Deno.build.os !== "linux",
}, async () => {
  await using it = await share();
  const noise = new Uint8Array(16 * 1024 * 1024);
  for (let at = 0; at < noise.length; at += 65_536) crypto.getRandomValues(noise.subarray(at, at + 65_536));
  const head = await it.world.studio.git.commit(it.project, {
    message: "more than all pipes and sockets hold",
    author: "Studio",
    changes: [{ path: "04_Project_Files/scene.dat", content: noise }],
  });
  const url = new URL(
    `/git/${it.project.tenant_slug}/${it.project.slug}.git/git-upload-pack`,
    it.url("nobody"),
  );
  const leave = new AbortController();
  const answer = await fetch(url, {
    method: "POST",
    // gitprotocol-v2: fetch, one want, no haves.
    body: `0011command=fetch00010032want ${head}\n0009done\n0000`,
    signal: leave.signal,
    headers: {
      authorization: `Bearer ${it.world.tokens.viewer}`,
      "content-type": "application/x-git-upload-pack-request",
      "git-protocol": "version=2",
    },
  });
  assert.equal(answer.status, 200);
  const reader = answer.body!.getReader();
  assert.ok((await reader.read()).value!.length > 0);
  assert.ok(await backends(it.gitDir) > 0);
  leave.abort();
  await reader.closed.catch(() => {});
  await until("its end", async () => (await backends(it.gitDir)) === 0);
});

/** Git processes that serve this repository, by their environment. */
async function backends(gitDir: string): Promise<number> {
  let count = 0;
  for await (const entry of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(entry.name)) continue;
    const environment = await Deno.readTextFile(`/proc/${entry.name}/environ`).catch(() => "");
    if (environment.includes(`GIT_PROJECT_ROOT=${gitDir}`)) count++;
  }
  return count;
}
