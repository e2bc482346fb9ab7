import { GitBranch } from "../../components/icons.ts";
import { useEffect, useRef, useState } from "preact/hooks";
import { lazily } from "../../components/lazily.tsx";
import { useWorkspace } from "../workspace.ts";

const BranchList = lazily<{ act: (run: () => void) => () => void }>(() =>
  import("../parts.ts").then((module) => module.BranchList)
);

/** Which direction of the film is open, and the others: switch, begin, compare, merge, discard, bring back. */
export function BranchMenu() {
  const workspace = useWorkspace();
  const { branches } = workspace;
  const menu = useRef<HTMLDetailsElement>(null);
  const [opened, setOpened] = useState(false);
  const close = () => menu.current!.open = false;
  useEffect(() => {
    const outside = (event: Event) => {
      if (menu.current?.open && !(event.target instanceof Node && menu.current.contains(event.target))) {
        close();
      }
    };
    addEventListener("pointerdown", outside);
    return () => removeEventListener("pointerdown", outside);
  }, []);
  const act = (run: () => void) => () => (close(), run());
  return (
    <details
      class="branch-menu"
      ref={menu}
      onToggle={() => {
        if (!menu.current?.open) return;
        setOpened(true);
        void branches.read();
      }}
      onKeyDown={(event) => event.key === "Escape" && close()}
    >
      <summary class="button quiet" title="Directions of this film">
        <GitBranch size={15} />
        <span class="branch-title">{branches.titleOf(workspace.branch)}</span>
      </summary>
      <div class="drop">
        {opened && <BranchList act={act} />}
      </div>
    </details>
  );
}
