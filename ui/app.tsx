import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { CanvasPage } from "./canvas/canvas_page.tsx";
import { Toasts } from "./components/toasts.tsx";
import { loadMe, me } from "./people/me.ts";
import { PeoplePage } from "./people/people_page.tsx";
import { SignIn } from "./people/sign_in.tsx";
import { UsagePage } from "./people/usage_page.tsx";
import { ProjectsPage } from "./projects/projects_page.tsx";
import { path } from "./router.ts";
import { projectOf } from "./state/branch.ts";
import { signedOut } from "./state/signed_out.ts";

export function App() {
  const [wrong, setWrong] = useState<string | null>(null);
  useEffect(() => {
    loadMe().catch((error) => setWrong(error instanceof Error ? error.message : String(error)));
  }, []);
  // What is open stays open under it: what was not sent yet is not lost by a look at the sign-in page.
  if (signedOut.value && !me.value) return <SignIn before={false} />;
  if (!me.value) return <main class="empty" style="height:100%">{wrong ?? "Opening…"}</main>;
  return (
    <>
      <Page />
      {signedOut.value && <SignIn before />}
      <Toasts />
    </>
  );
}

function Page() {
  const open = projectOf(path.value);
  // Another branch is another canvas: document, people, undo, selection.
  if (open) {
    return <CanvasPage key={`${open.project} ${open.branch}`} id={open.project} branch={open.branch} />;
  }
  if (path.value === "/people") return <PeoplePage />;
  if (path.value === "/usage") return <UsagePage />;
  if (path.value === "/runners") return <LazyPage load={runnersPage} />;
  return <ProjectsPage />;
}

const runnersPage = async () => (await import("./runners/runners_page.tsx")).RunnersPage;

/** A page that few open: its code comes when somebody does. */
function LazyPage({ load }: { load: () => Promise<ComponentType> }) {
  const [Loaded, setLoaded] = useState<ComponentType | null>(null);
  useEffect(() => {
    load().then((page) => setLoaded(() => page), () => location.reload());
  }, []);
  return Loaded ? <Loaded /> : <main class="empty" style="height:100%">Opening…</main>;
}
