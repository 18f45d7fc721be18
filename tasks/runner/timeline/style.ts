/** The style of a timeline: light or dark as the browser prefers, with a column for names if the page is wide enough. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #fff; --soft: #f5f6f8; --line: #dfe3e8; --text: #1c2128; --dim: #5c6670;
  --done: #a9c3ee; --critical: #1d5fc4; --removed: #c3b8d6; --failed: #c93440; --halted: #d9921a; --signal: #10824a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171c; --soft: #1d2229; --line: #313944; --text: #e3e7ec; --dim: #9aa5b1;
    --done: #3d557c; --critical: #6ea8ff; --removed: #574c70; --failed: #ff6b72; --halted: #e5a93d; --signal: #4cd08b;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 24px 20px 96px; max-width: 1240px; background: var(--page); color: var(--text);
  font: 14px/1.45 system-ui, sans-serif; font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
}
h1 { font-size: 22px; line-height: 1.25; margin: 0; }
h2 { font-size: 15px; margin: 28px 0 8px; }
p { margin: 4px 0; }
code { font: 13px/1.5 ui-monospace, monospace; }
.dim, .kind { color: var(--dim); }
.state { display: inline-block; margin-left: 8px; padding: 1px 10px; border-radius: 10px; font-size: 13px; vertical-align: 3px; border: 1px solid; font-weight: 600; }
.state.done { color: var(--signal); } .state.failed { color: var(--failed); } .state { color: var(--halted); }
.failure { border-left: 4px solid var(--failed); background: var(--soft); padding: 10px 14px; margin: 16px 0 0; white-space: pre-line; }
.failure b { color: var(--failed); }
.failure.halted { border-color: var(--halted); } .failure.halted b { color: var(--halted); }
.path { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: 6px 4px; }
.path li { background: var(--soft); border: 1px solid var(--line); border-radius: 6px; padding: 2px 8px; }
.path li.task { border-color: var(--critical); font-weight: 600; }
.path li:not(:first-child)::before { content: "→"; color: var(--dim); margin: 0 6px 0 -2px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 8px 0; color: var(--dim); font-size: 13px; }
.legend i { display: inline-block; width: 18px; height: 10px; border-radius: 3px; margin-right: 6px; }
.legend label { color: var(--text); cursor: pointer; }
.row, .axis { display: grid; grid-template-columns: minmax(0, 290px) minmax(0, 1fr) 86px; column-gap: 12px; align-items: center; }
.row { padding: 2px 0; }
.row:hover, .row:focus-within { background: var(--soft); }
.row.task { margin-top: 8px; font-weight: 600; }
.row.part .name { padding-left: 18px; }
.name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.row.critical .name > span:first-child::before { content: "◆ "; color: var(--critical); font-size: 11px; }
.row.bad .name > span:first-child { color: var(--failed); }
.kind { font-weight: 400; font-size: 12px; margin-left: 6px; }
.took { text-align: right; color: var(--dim); font-weight: 400; font-size: 13px; white-space: nowrap; }
.row.critical .took { color: var(--text); }
.why { grid-column: 1 / -1; padding-left: 18px; color: var(--failed); font-size: 13px; font-weight: 400; }
.track {
  position: relative; height: 18px; border-left: 1px solid var(--line);
  background-image: repeating-linear-gradient(to right, transparent 0 calc(var(--step) - 1px), var(--line) calc(var(--step) - 1px) var(--step));
}
.axis { position: sticky; top: 0; background: var(--page); z-index: 2; border-bottom: 1px solid var(--line); color: var(--dim); font-size: 12px; height: 24px; }
.axis .ticks { position: relative; grid-column: 2; height: 18px; }
.ticks span { position: absolute; transform: translateX(-50%); white-space: nowrap; }
.ticks span:first-child { transform: none; }
.bar { position: absolute; top: 3px; height: 12px; min-width: 3px; border-radius: 3px; background: var(--done); outline-offset: 2px; }
.task .bar { top: 2px; height: 14px; }
.bar.removed { background: var(--removed); }
.bar.critical { background: var(--critical); }
.bar.failed { background: var(--failed); }
.bar.cancelled { background: none; border: 2px solid var(--failed); }
.bar.skipped { background: none; border: 2px solid var(--done); min-width: 10px; }
.bar.interrupted, .bar.open { background: repeating-linear-gradient(135deg, var(--halted) 0 5px, transparent 5px 9px); border: 1px solid var(--halted); }
.bar:focus-visible { outline: 2px solid var(--text); }
.signal { position: absolute; top: 1px; width: 3px; height: 16px; margin-left: -1px; background: var(--signal); border-radius: 1px; pointer-events: none; }
.bar::after {
  content: attr(aria-label); display: none; position: absolute; top: 20px; z-index: 3; width: max-content; max-width: min(420px, 44vw); padding: 8px 12px; white-space: pre-line;
  background: var(--page); color: var(--text); border: 1px solid var(--dim); border-radius: 6px; font-size: 13px; font-weight: 400; box-shadow: 0 4px 14px #0004;
}
.bar.to-right::after { left: -2px; } .bar.to-left::after { right: -2px; }
.bar:hover, .bar:focus { z-index: 4; }
.bar:hover::after, .bar:focus::after { display: block; }
body:has(#critical:checked) .row:not(.critical, .bad) { display: none; }
details { margin-top: 24px; }
summary { cursor: pointer; }
table { border-collapse: collapse; margin-top: 8px; font-size: 13px; }
td { padding: 1px 14px 1px 0; vertical-align: top; white-space: pre-line; }
td:first-child { white-space: nowrap; color: var(--dim); }
@media (max-width: 700px) {
  body { padding: 16px 12px 96px; }
  .row { grid-template-columns: minmax(0, 1fr) 86px; padding: 3px 0; }
  .row .track { grid-column: 1 / -1; grid-row: 2; }
  .row.part .name, .why { padding-left: 0; }
  .axis { grid-template-columns: minmax(0, 1fr); } .axis .ticks { grid-column: 1; }
  .bar::after, .bar.to-right::after, .bar.to-left::after { position: fixed; top: auto; left: 8px; right: 8px; bottom: 8px; width: auto; max-width: none; }
}
@media print { .axis { position: static; } .bar::after { display: none !important; } }
`
