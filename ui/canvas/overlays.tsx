import { lazily } from "../components/lazily.tsx";
import { LibraryOver } from "./library/over.tsx";
import { Menu } from "./menu/menu.tsx";
import { useWorkspace, type Workspace } from "./workspace.ts";

interface Over {
  workspace: Workspace;
}

const Compare = lazily<Over>(() => import("./over.ts").then((module) => module.Compare), {
  close: ({ workspace }) => workspace.comparing.value = null,
});
const Preview = lazily<Over>(() => import("./over.ts").then((module) => module.Preview), {
  close: ({ workspace }) => workspace.previewing.value = null,
});
const Mask = lazily<Over>(() => import("./over.ts").then((module) => module.Mask), {
  close: ({ workspace }) => workspace.masking.value = null,
});
const Commands = lazily<Over>(
  () => import("./over.ts").then((module) => module.CommandPalette),
  { close: ({ workspace }) => workspace.palette.value = false },
);
const Look = lazily<Over>(() => import("./over.ts").then((module) => module.Look), {
  close: ({ workspace }) => workspace.looking.value = null,
});
const Branches = lazily<Over>(
  () => import("./over.ts").then((module) => module.BranchDialogs),
  { close: ({ workspace }) => workspace.branching.value = null },
);
const Wires = lazily<Over>(() => import("./over.ts").then((module) => module.WireList), {
  close: ({ workspace }) => workspace.wiring.value = null,
});
const Shortcuts = lazily<Over>(
  () => import("./over.ts").then((module) => module.ShortcutSheet),
  { close: ({ workspace }) => workspace.shortcuts.value = false },
);

/** What opens over the canvas, one at a time as a rule; none of it is loaded before. */
export function Overlays() {
  const workspace = useWorkspace();
  return (
    <>
      {workspace.comparing.value && <Compare workspace={workspace} />}
      {workspace.looking.value && <Look workspace={workspace} />}
      {workspace.previewing.value && <Preview workspace={workspace} />}
      {workspace.masking.value && <Mask workspace={workspace} />}
      {workspace.palette.value && <Commands workspace={workspace} />}
      {workspace.branching.value && <Branches workspace={workspace} />}
      {workspace.wiring.value && <Wires workspace={workspace} />}
      {workspace.shortcuts.value && <Shortcuts workspace={workspace} />}
      <LibraryOver />
      <Menu />
    </>
  );
}
