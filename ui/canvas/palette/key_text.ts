const SIGNS: Record<string, string> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Delete: "Del",
  Enter: "Enter",
};

/** "Mod+Shift+z" as it stands on the keyboard: "Ctrl+Shift+Z", on a Mac "⌘ Shift Z". */
export function keyText(keys: string, mac: boolean = /Mac|iPhone|iPad/.test(navigator.platform)): string {
  return keys.split("+").map((key) => {
    if (key === "Mod") return mac ? "⌘" : "Ctrl";
    if (key === "Alt" && mac) return "⌥";
    return SIGNS[key] ?? (key.length === 1 ? key.toUpperCase() : key);
  }).join(mac ? " " : "+");
}
