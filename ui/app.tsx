import { useEffect, useState } from "preact/hooks";
import { CanvasPage } from "./canvas/canvas_page.tsx";
import { headStart } from "./canvas/head_start.ts";
import { lazily } from "./components/lazily.tsx";
import { Toasts } from "./components/toasts.tsx";
import { loadMe, me } from "./people/me.ts";
import { path } from "./router.ts";
import { projectOf } from "./state/branch.ts";
import { signedOut } from "./state/signed_out.ts";

const SignIn = lazily(() => import("./people/sign_in.tsx").then((module) => module.SignIn));
const ProjectsPage = lazily(() =>
  import("./projects/projects_page.tsx").then((module) => module.ProjectsPage)
);
const PeoplePage = lazily(() => import("./people/people_page.tsx").then((module) => module.PeoplePage));
const RunnersPage = lazily(() => import("./runners/runners_page.tsx").then((module) => module.RunnersPage));
// Of the canvas's file, as it shows the same machines.
const FleetPage = lazily(() => import("./canvas/parts.ts").then((module) => module.FleetPage));
const OperationsPage = lazily(() =>
  import("./operations/operations_page.tsx").then((module) => module.OperationsPage)
);
const UsagePage = lazily(() => import("./people/usage_page.tsx").then((module) => module.UsagePage));

export function App() {
  const [wrong, setWrong] = useState<string | null>(null);
  useEffect(() => {
    const open = projectOf(path.peek());
    if (open) headStart(open.project);
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
  if (path.value === "/fleet") return <FleetPage />;
  if (path.value === "/operations") return <OperationsPage />;
  if (path.value === "/runners") return <RunnersPage />;
  return <ProjectsPage />;
}
