import { lazily } from "../../components/lazily.tsx";
import { openMenu } from "./menu.ts";
import type { Opened } from "./open_menu.tsx";

const OpenMenu = lazily<Opened>(() => import("../parts.ts").then((module) => module.OpenMenu), {
  close: () => openMenu.value = null,
});

/** Where a menu opens, when one does. */
export function Menu() {
  const open = openMenu.value;
  return open ? <OpenMenu key={`${open.x} ${open.y} ${open.label}`} {...open} /> : null;
}
