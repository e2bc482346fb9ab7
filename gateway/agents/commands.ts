import { ProblemError } from "../../shared/http/problem.ts";

/** One line each for a machine that has nothing of the studio yet: fetch the agent, join, run. */
export interface JoinCommands {
  /** For a shell on Linux or macOS. */
  command: string;
  /** For PowerShell on Windows 10 and later, which has curl and tar. */
  command_windows: string;
}

/** @param base the gateway's address as the person sees it; the machine joins the same one */
export function joinCommands(base: string, code: string): JoinCommands {
  for (const word of [base, code]) {
    // It is pasted into a shell: what a shell would read otherwise than as written has no place in it.
    if (!/^[A-Za-z0-9_.:/@%~[\]-]+$/.test(word)) {
      throw new ProblemError(
        "unprocessable",
        "This gateway's address cannot be part of a command; set PUBLIC_URL.",
      );
    }
  }
  const archive = `'${base}/agent.tar.gz'`;
  const join = `join '${base}' ${code}${isPlain(base) ? " --allow-http" : ""}`;
  return {
    command: `mkdir -p studio-agent && cd studio-agent && curl -fsSL ${archive} | tar xzf - && ` +
      `sh agent.sh ${join} && sh agent.sh run`,
    command_windows:
      `mkdir -Force studio-agent | Out-Null; cd studio-agent; curl.exe -fsSLo agent.tar.gz ${archive}; ` +
      `if ($?) { tar.exe xzf agent.tar.gz }; if ($?) { .\\agent.cmd ${join} }; if ($?) { .\\agent.cmd run }`,
  };
}

/** http beyond this machine: the studio's owner asked for it by name, and so the agent has to. */
function isPlain(base: string): boolean {
  const { protocol, hostname } = new URL(base);
  return protocol === "http:" && hostname !== "localhost" && hostname !== "[::1]" && !/^127\./.test(hostname);
}
