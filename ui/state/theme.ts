type Theme = "dark" | "light";

/** The theme that this person chose on this browser. */
export function theme(): Theme {
  return localStorage.getItem("theme") === "light" ? "light" : "dark";
}

export function setTheme(chosen: Theme): void {
  localStorage.setItem("theme", chosen);
  document.documentElement.dataset.theme = chosen;
}
