import { CanvasPage } from "./canvas/canvas_page.tsx";
import { Toasts } from "./components/toasts.tsx";
import { ProjectsPage } from "./projects/projects_page.tsx";
import { path } from "./router.ts";

export function App() {
  const project = /^\/p\/([^/]+)\/?$/.exec(path.value)?.[1];
  return (
    <>
      {project ? <CanvasPage key={project} id={decodeURIComponent(project)} /> : <ProjectsPage />}
      <Toasts />
    </>
  );
}
