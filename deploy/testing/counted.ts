import { options, type VNode } from "preact";

/**
 * The canvas as it is, with a count of what is drawn: `drawn` in the page maps a component's name, and of cards the node's id, to how often
 * it was rendered. Only a test builds this entry; nothing of it is in what the gateway serves.
 */
const drawn: Record<string, number> = {};
Object.assign(globalThis, { drawn });

/** Preact's hook before a component renders; its mangled name is what devtools and preact/hooks use, too. */
const hooks = options as unknown as { __r?: (vnode: VNode) => void };
const before = hooks.__r;
hooks.__r = (vnode) => {
  const { type, props } = vnode as VNode<{ data?: { id?: string }; id?: string }>;
  if (typeof type === "function") {
    const name = type.displayName || type.name;
    const id = props.data?.id ?? (typeof props.id === "string" ? props.id : "");
    const key = id ? `${name} ${id}` : name;
    drawn[key] = (drawn[key] ?? 0) + 1;
  }
  before?.(vnode);
};

await import("../../ui/main.tsx");
