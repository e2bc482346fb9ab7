/** The tokens by name, for what is painted rather than styled; read anew when the theme changes. */
export function coloursOf(element: Element): (token: string) => string {
  const styles = getComputedStyle(element);
  const known = new Map<string, string>();
  return (token) => {
    let colour = known.get(token);
    if (colour === undefined) known.set(token, colour = styles.getPropertyValue(`--${token}`).trim());
    return colour;
  };
}

/** Calls when the theme is another. */
export function watchTheme(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  return () => observer.disconnect();
}
