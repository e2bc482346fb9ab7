import { startProgram } from "../../gateway/testing/program.ts";
import { enter, type Project } from "../demo/client.ts";

/** The gateway as the process that it is in a deployment, with somebody signed in. */
export interface ServedStudio extends AsyncDisposable {
  /** An access token of the owner: also a password for Git. */
  token: string;
  /** Makes a project; its Git URL. */
  project(title: string): Promise<string>;
}

export async function openServedStudio(databaseUrl: string, dataDir: string): Promise<ServedStudio> {
  await using opened = new AsyncDisposableStack();
  const program = opened.use(
    await startProgram({ STUDIO_DATA: dataDir, DATABASE_URL: databaseUrl, S3_BUCKET: "", LOG_LEVEL: "info" }),
  );
  const session = opened.use(await enter(program.link!));
  const { token } = await session.call<{ token: string }>("POST", "/auth/tokens", { name: "bench" });
  const stack = opened.move();
  return {
    token,
    project: async (title) => (await session.call<Project>("POST", "/projects", { title })).git_url,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
