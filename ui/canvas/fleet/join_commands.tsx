import { say } from "../../state/toasts.ts";

/** The one line for each kind of machine, to be copied, and what whoever pastes it lets in. */
export function JoinCommands({ command, command_windows }: { command: string; command_windows: string }) {
  return (
    <>
      <dl class="commands">
        <dt class="dim">Linux, macOS</dt>
        <Command text={command} system="Linux and macOS" />
        <dt class="dim">Windows (PowerShell)</dt>
        <Command text={command_windows} system="Windows" />
      </dl>
      <p class="dim commands-rights">
        It only asks outward and opens no port to others. It reaches this studio and the ComfyUI of that
        machine, writes one folder, and starts ffmpeg and the card's own tools. Joined,{" "}
        <code class="mono">sh agent.sh permissions</code> prints every right, and{" "}
        <code class="mono">sh agent.sh page</code> leads to hours, games and limits.
      </p>
    </>
  );
}

function Command({ text, system }: { text: string; system: string }) {
  return (
    <dd>
      <code class="mono">{text}</code>
      <button
        type="button"
        class="button small"
        aria-label={`Copy for ${system}`}
        onClick={() => void copy(text)}
      >
        Copy
      </button>
    </dd>
  );
}

async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say("Copied. Paste it into a terminal of that machine.");
  } catch {
    // As over plain HTTP: a click on the line itself selects all of it.
    say("This page may not write to the clipboard: click the line and copy it by hand.");
  }
}
