/** Style of /docs: light and dark by the reader's setting, no fonts from elsewhere. */
export const DOCS_STYLE = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#fbfaf8, #16171a); --panel: light-dark(#fff, #1e2024); --line: light-dark(#e2dfd9, #32353b);
  --ink: light-dark(#1d1f23, #e8e6e1); --quiet: light-dark(#686a70, #9a9ca3); --link: light-dark(#0a5bb5, #7fb8ff);
  --get: light-dark(#1a6fc4, #6db3ff); --post: light-dark(#137a43, #5fd08f); --put: light-dark(#9a5b00, #f0b352);
  --patch: light-dark(#7a3fb0, #c99bff); --delete: light-dark(#b3261e, #ff8b80);
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
body { margin: 0; display: grid; grid-template-columns: 15rem minmax(0, 1fr); background: var(--ground); color: var(--ink);
  font: 15px/1.55 system-ui, sans-serif; }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 2rem 1rem; border-right: 1px solid var(--line);
  display: flex; flex-direction: column; gap: .15rem; }
nav strong { margin-bottom: 1rem; }
nav a { padding: .25rem .6rem; border-radius: 6px; color: inherit; text-decoration: none; }
nav a:hover, nav a:focus-visible { background: var(--panel); }
nav small { color: var(--quiet); float: right; }
main { padding: 2rem clamp(1rem, 4vw, 3.5rem) 6rem; max-width: 62rem; }
h1 { font-size: 1.8rem; margin: 0 0 .5rem; } h2 { margin: 3rem 0 .75rem; text-transform: capitalize; }
h4 { margin: 1.1rem 0 .3rem; font-size: .85rem; color: var(--quiet); }
p { margin: .4rem 0; } .lead { color: var(--quiet); max-width: 46rem; }
a { color: var(--link); } small { color: var(--quiet); font-size: .82rem; }
code { font: .88em/1.4 ui-monospace, SFMono-Regular, Menlo, monospace; overflow-wrap: anywhere; }
details { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; margin: .4rem 0; }
summary { cursor: pointer; padding: .6rem .9rem; display: flex; gap: .8rem; align-items: baseline; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary:focus-visible, a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 8px; }
details > div, details > table, details > p { padding: 0 .9rem .8rem; margin: 0; }
details:target, details:has(:target) { border-color: var(--link); }
.method { min-width: 4.2rem; font: 700 .78rem/1.6 ui-monospace, monospace; }
.get { color: var(--get); } .post { color: var(--post); } .put { color: var(--put); } .patch { color: var(--patch); }
.delete { color: var(--delete); }
.path em { color: var(--quiet); font-style: normal; } .summary { color: var(--quiet); margin-left: auto; text-align: right; }
table { border-collapse: collapse; width: 100%; display: block; overflow-x: auto; }
td { padding: .35rem 1rem .35rem 0; border-top: 1px solid var(--line); vertical-align: top; }
tr:first-child td { border-top: 0; } td:first-child { white-space: nowrap; }
hr { border: 0; border-top: 1px dashed var(--line); }
@media (max-width: 760px) {
  body { display: block; } nav { position: static; height: auto; border: 0; flex-flow: row wrap; padding: 1rem; }
  summary { flex-wrap: wrap; } .summary { margin-left: 0; text-align: left; flex-basis: 100%; }
}
`;
