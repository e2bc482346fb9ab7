import { Activity, Cpu, Gauge, LogOut, Server, Users } from "lucide-preact";
import { useEffect, useRef } from "preact/hooks";
import { api } from "../api.ts";
import { go } from "../router.ts";
import { attempt } from "../state/toasts.ts";
import { managesFleet, me } from "./me.ts";
import { ROLES } from "./roles.ts";

/** The person's name, and behind it where they can go. */
export function PersonMenu() {
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (event: Event) => {
      const menu = details.current;
      if (!menu?.open || (event.target instanceof Node && menu.contains(event.target))) return;
      menu.open = false;
    };
    addEventListener("pointerdown", close);
    return () => removeEventListener("pointerdown", close);
  }, []);
  if (!me.value) return null;
  const signOut = async () => {
    if (await attempt(async () => (await api.signOut(), true))) location.assign("/");
  };
  return (
    <details
      class="person"
      ref={details}
      onKeyDown={(event) => event.key === "Escape" && (details.current!.open = false)}
    >
      <summary class="button quiet">
        <span class="initial" aria-hidden="true">{[...me.value.name][0]?.toLocaleUpperCase()}</span>
        <span class="name">{me.value.name}</span>
      </summary>
      <div class="drop">
        <p class="dim">{ROLES[me.value.role].label} · {me.value.studio.name}</p>
        <button type="button" class="palette-entry" onClick={() => go("/people")}>
          <Users size={16} /> People and access
        </button>
        <button type="button" class="palette-entry" onClick={() => go("/usage")}>
          <Gauge size={16} /> Usage
        </button>
        <button type="button" class="palette-entry" onClick={() => go("/fleet")}>
          <Server size={16} /> Fleet
        </button>
        <button type="button" class="palette-entry" onClick={() => go("/runners")}>
          <Cpu size={16} /> Runners
        </button>
        {managesFleet.value && (
          <button type="button" class="palette-entry" onClick={() => go("/operations")}>
            <Activity size={16} /> Operations
          </button>
        )}
        <button type="button" class="palette-entry" onClick={() => void signOut()}>
          <LogOut size={16} /> Sign out
        </button>
      </div>
    </details>
  );
}
