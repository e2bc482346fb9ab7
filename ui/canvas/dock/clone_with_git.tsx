import { useState } from "preact/hooks";
import type { Project } from "../../../shared/api/project.ts";
import { api } from "../../api.ts";
import { attempt } from "../../state/toasts.ts";

/** The project's address for `git clone`, and a password for it that is shown this once. */
export function CloneWithGit({ project }: { project: Project }) {
  const [token, setToken] = useState<string | null>(null);
  const make = async () => {
    const made = await attempt(() => api.accessToken("Git"));
    if (made) setToken(made.token);
  };
  if (token === null) {
    return (
      <button type="button" class="button small quiet" onClick={() => void make()}>Clone with Git</button>
    );
  }
  return (
    <div class="clone-info">
      <code class="mono clone-command">git clone {project.git_url}</code>
      <span class="dim">Any name signs in. The password, shown this once:</span>
      <code class="mono clone-password">{token}</code>
      <button type="button" class="button small quiet" onClick={() => setToken(null)}>Done</button>
    </div>
  );
}
