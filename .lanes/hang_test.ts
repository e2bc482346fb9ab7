import { build } from "../ui/build.ts";
import { openJobStudio } from "../gateway/jobs/testing.ts";
import { openPage } from "../deploy/testing/browser.ts";
Deno.test({ name: "hang", sanitizeResources: false, sanitizeOps: false }, async () => {
  await build();
  const test = await openJobStudio();
  const { auth } = test.studio;
  const base = await test.serve();
  const project = await test.makeProject("Salt");
  const open = await openPage(`${base}/enter?token=${await auth.ownerLink()}`);
  const { page } = open;
  await page.locator(".person summary").click();
  await page.getByRole("button", { name: "Operations" }).click();
  await page.getByText("Nothing waits and nothing runs.").waitFor();

  page.on("requestfailed", (r) => console.log("failed", r.url(), r.failure()?.errorText));
  page.on("websocket", (w) => { console.log("ws", w.url()); w.on("close", () => console.log("ws closed", w.url())); });
  await page.goto(`${base}/p/${project.id}`);
  await page.locator("#canvas").waitFor();
  console.log("closing browser");
  await open[Symbol.asyncDispose]();
  console.log("browser closed");
  const ended = test[Symbol.asyncDispose]();
  const first = await Promise.race([ended.then(() => "ended"), new Promise((r) => setTimeout(() => r("HANGS"), 20000))]);
  console.log(first, JSON.stringify(Deno.resources?.() ?? null));
  console.log(new TextDecoder().decode((await new Deno.Command("bash", {args: ["-c", `ls -l /proc/${Deno.pid}/fd | grep socket | wc -l; ss -tnp 2>/dev/null | grep ${new URL(base).port}`]}).output()).stdout));
  console.log(test.lines.slice(-30).join("\n"));
  if (first !== "ended") Deno.exit(3);
});
