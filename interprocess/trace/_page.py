"""The page of a trace, with its style and script; `_html` inserts the calls."""
# ruff: noqa: E501  # the lines are those of CSS and HTML

from __future__ import annotations

PAGE = r"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title><!--title--></title>
<style>
:root {
  --ground: #fbfbfa; --paper: #fff; --ink: #1d2126; --faint: #68707a; --line: #dde1e6;
  --makes: #2b6cb0; --moves: #2f855a; --waits: #8a6d1a; --ends: #6b4fa0; --asks: #7b8794;
  --failed: #b83232; --text: #8a3b12;
  --k0: #1c6dd0; --k1: #b5480f; --k2: #23825a; --k3: #8e3fb0; --k4: #a3253f; --k5: #4f6470;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171a; --paper: #1d2125; --ink: #e4e7ea; --faint: #98a2ad; --line: #333a41;
    --makes: #6aaaf0; --moves: #5dc48f; --waits: #d9b44a; --ends: #b79bea; --asks: #8d99a6;
    --failed: #ff8080; --text: #f0a97c;
    --k0: #2f7de0; --k1: #c45a20; --k2: #2f9468; --k3: #9f54c0; --k4: #b83a54; --k5: #62798a;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 14px/1.4 system-ui, sans-serif; }
header { padding: 1rem 1.2rem .6rem; }
h1 { font-size: 1.15rem; margin: 0; overflow-wrap: anywhere; }
header p { margin: .2rem 0 .6rem; color: var(--faint); }
header ul { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; margin: 0 0 .6rem; padding: 0; }
header li { overflow-wrap: anywhere; }
input { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line);
  border-radius: 4px; padding: .3rem .6rem; width: min(24rem, 100%); }
code, time { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 12.5px; }
#scroll { overflow-x: auto; padding: 0 1.2rem 2rem; }
#timeline { position: relative; display: grid; min-width: calc(5rem + <!--lanes--> * 22rem);
  grid-template-columns: 5rem repeat(<!--lanes-->, minmax(20rem, 1fr)); column-gap: 2.2rem; align-items: stretch; }
.head { grid-column: var(--c); grid-row: 1; padding: .4rem .6rem; border-bottom: 2px solid var(--ink); }
.head span { color: var(--faint); }
.head .program { display: block; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
time { grid-column: 1; grid-row: var(--r); color: var(--faint); text-align: right; padding: .36rem .2rem 0 0; }
article { grid-column: var(--c); grid-row: var(--r) / var(--e); min-width: 0; margin: 2px 0; z-index: 1;
  background: var(--paper); border: 1px solid var(--line); border-left: 4px solid var(--kind); border-radius: 4px; }
.makes { --kind: var(--makes); } .moves { --kind: var(--moves); } .waits { --kind: var(--waits); }
.ends { --kind: var(--ends); } .asks { --kind: var(--asks); }
summary { padding: .25rem .5rem; cursor: pointer; list-style: none; overflow-wrap: anywhere; }
summary::-webkit-details-marker { display: none; }
summary:focus-visible { outline: 2px solid var(--makes); }
summary code b { color: var(--kind); }
summary i { font-style: normal; } i.data { color: var(--text); } i.symbol { color: var(--faint); }
summary small { color: var(--faint); float: right; margin-left: .6rem; font-size: 11.5px; }
.lane { display: none; color: var(--faint); }
.outcome::before { content: "= "; color: var(--faint); }
.failed .outcome { color: var(--failed); font-weight: 600; } .notyet .outcome { color: var(--waits); }
.unfinished { border-style: dashed; border-left-style: solid; }
.chip { display: inline-block; min-width: 1.3em; padding: 0 .3em; margin-right: .4em; border-radius: .7em;
  color: #fff; text-align: center; font-size: 11px; line-height: 1.5; }
.k0 { background: var(--k0); } .k1 { background: var(--k1); } .k2 { background: var(--k2); }
.k3 { background: var(--k3); } .k4 { background: var(--k4); } .k5 { background: var(--k5); }
details p { margin: .2rem .6rem; color: var(--faint); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .8rem; margin: .2rem .6rem .6rem; }
dt { color: var(--faint); } dd { margin: 0; overflow-wrap: anywhere; min-width: 0; }
.hidden { display: none; }
svg { position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none; z-index: 2; overflow: visible; }
svg path { fill: none; stroke: var(--moves); stroke-width: 1.5; opacity: .75; }
svg marker path { fill: var(--moves); stroke: none; }
@media (max-width: 48rem) {
  header { padding: .8rem .8rem .4rem; }
  #scroll { padding: 0 .8rem 1rem; }
  #timeline { min-width: 0; grid-template-columns: 3.6rem 1fr; column-gap: .5rem; }
  .head, svg { display: none; }
  .lane { display: inline; }
  article { grid-column: 2; grid-row: var(--r); }
  time, code { font-size: 12px; }
}
</style>
</head>
<body>
<header>
<h1><!--title--></h1>
<p><!--about-->; times in milliseconds from the first call</p>
<ul><!--legend--></ul>
<input id="filter" type="search" placeholder="Show only calls with …" aria-label="Show only calls with this text">
</header>
<div id="scroll"><div id="timeline">
<!--heads-->
<!--calls-->
</div></div>
<script>
"use strict";
const flows = <!--flows-->, timeline = document.getElementById("timeline");
const name = "http://www.w3.org/2000/svg", svg = timeline.appendChild(document.createElementNS(name, "svg"));
function draw() {
  const origin = timeline.getBoundingClientRect();
  svg.innerHTML = '<defs><marker id="tip" viewBox="0 0 6 6" refX="5" refY="3" markerWidth="6" markerHeight="6"' +
    ' orient="auto"><path d="M0 0L6 3L0 6z"/></marker></defs>';
  for (const [from, to] of flows) {
    const [a, b] = [from, to].map(i => document.getElementById("c" + i).getBoundingClientRect());
    if (!a.width || !b.width || Math.abs(a.left - b.left) < 1) continue;
    const right = a.left < b.left, x = (right ? a.right : a.left) - origin.left, y = a.top + 13 - origin.top;
    const u = (right ? b.left : b.right) - origin.left;
    // The arrow points to the end of the receiving call, when the data has arrived.
    const v = Math.max(b.bottom - 8 - origin.top, Math.min(b.top + 13 - origin.top, b.bottom - origin.top));
    const path = svg.appendChild(document.createElementNS(name, "path")), middle = (x + u) / 2;
    path.setAttribute("d", `M${x} ${y}C${middle} ${y} ${middle} ${v} ${u} ${v}`);
    path.setAttribute("marker-end", "url(#tip)");
  }
}
document.getElementById("filter").addEventListener("input", event => {
  const wanted = event.target.value.toLowerCase();
  for (const call of timeline.querySelectorAll("article")) {
    const hide = !call.textContent.toLowerCase().includes(wanted);
    call.classList.toggle("hidden", hide);
    call.previousElementSibling.classList.toggle("hidden", hide);
  }
  draw();
});
new ResizeObserver(draw).observe(timeline);
timeline.addEventListener("toggle", draw, true);
draw();
</script>
</body>
</html>
"""
