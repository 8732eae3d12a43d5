// ---- one item ------------------------------------------------------------------------------------------------------
const ANSWERS = PAIRS.some((pair) => pair.items.some((item) => item?.response)); // else the task is one of judging
const view = { spaces: false, words: false };
const INVISIBLE = /[\p{Surrogate} \t\n\u0000-\u001f\u007f-\u00a0\u00ad\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\u3000\ufeff]/gu;
const visible = (text) => text.replace(INVISIBLE, (c) => c === " " ? "·" : c === "\t" ? "→\t" : c === "\n" ? "¶\n"
  : `[U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}]`);

function paint(node, text, ranges) { // ranges: [from, to], in order; the rest is plain
  let at = 0;
  const plain = (piece) => view.spaces ? visible(piece) : piece;
  const parts = [];
  for (const [from, to] of ranges) {
    parts.push(plain(text.slice(at, from)), el("mark", null, plain(text.slice(from, to))));
    at = to;
  }
  node.replaceChildren(...parts, plain(text.slice(at)));
}
function found(text) { // where the search text is, the first 500 times
  if (!filters.q) return [];
  const pattern = new RegExp(filters.q.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"), "giu"), ranges = [];
  for (const match of text.matchAll(pattern)) if (ranges.push([match.index, match.index + match[0].length]) >= 500) break;
  return ranges;
}
function textBlock(text, ranges) {
  const node = el("div", { className: "text", dir: "auto" });
  if (!text) return el("p", { className: "soft" }, "empty");
  const long = text.length > LONG * 1.25, end = LONG + (/[\ud800-\udbff]/.test(text[LONG - 1]) ? 1 : 0);
  const show = (part) => paint(node, part, (ranges || found(part)).filter(([, to]) => to <= part.length));
  show(long ? text.slice(0, end) : text);
  const more = long && button(`Show all ${characters(text)}`, () => { more.remove(); show(text); }, { className: "more" });
  return el("div", null, node, more);
}

function wordDifference(a, b) { // ranges of the words of each that are not in a longest common subsequence, or null
  const words = (text) => [...text.matchAll(/[\p{L}\p{M}\p{N}_]+|[^\s\p{L}\p{M}\p{N}_]/gu)];
  let x = words(a), y = words(b), start = 0, end = 0;
  while (start < x.length && start < y.length && x[start][0] === y[start][0]) start++;
  while (end < x.length - start && end < y.length - start && x[x.length - 1 - end][0] === y[y.length - 1 - end][0]) end++;
  x = x.slice(start, x.length - end); y = y.slice(start, y.length - end);
  const width = y.length + 1;
  if (x.length * width > 8e6) return null;
  const longest = new Uint16Array((x.length + 1) * width);
  for (let i = x.length - 1; i >= 0; i--) {
    for (let j = y.length - 1; j >= 0; j--) {
      longest[i * width + j] = x[i][0] === y[j][0] ? 1 + longest[(i + 1) * width + j + 1]
        : Math.max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
    }
  }
  const ranges = [[], []];
  const add = (side, match) => {
    const to = match.index + match[0].length, last = ranges[side].at(-1), text = side ? b : a;
    if (last && !text.slice(last[1], match.index).trim()) last[1] = to; else ranges[side].push([match.index, to]);
  };
  for (let i = 0, j = 0; i < x.length || j < y.length;) {
    if (i < x.length && j < y.length && x[i][0] === y[j][0]) { i++; j++; }
    else if (j >= y.length || (i < x.length && longest[(i + 1) * width + j] >= longest[i * width + j + 1])) add(0, x[i++]);
    else add(1, y[j++]);
  }
  return ranges;
}

function lazy(label, make) { // made when it is first opened
  const node = el("details", { className: "lazy", ontoggle: () => { if (node.open && node.children.length === 1) node.append(make()); } }, el("summary", null, label));
  return node;
}
const characters = (text) => plural(text.length - (text.match(/[\ud800-\udbff][\udc00-\udfff]/g) || []).length, "character");
const short = (value) => value === null || typeof value === "number" || typeof value === "boolean"
  || (typeof value === "string" && value.length < 80 && !/[\n\r]/.test(value));
function tree(value) { // whatever a transcript holds, as text; chat messages with their role in front
  if (short(value)) {
    const node = el("span", { className: "short", dir: "auto" }), text = value === "" ? "(empty)" : String(value);
    paint(node, text, found(text));
    return node;
  }
  if (typeof value === "string") return textBlock(value);
  const entries = Array.isArray(value) ? value.map((each, i) => [String(i + 1), each]) : Object.entries(value);
  if (!entries.length) return el("span", { className: "soft" }, "none");
  if (Array.isArray(value) && value.every(short)) return el("span", null, value.map((each, i) => [i > 0 && " · ", tree(each)]));
  if (entries.length === 2 && typeof value.role === "string" && "content" in value) return el("div", { className: "message" }, el("b", null, value.role), tree(value.content));
  return el("dl", null, entries.map(([name, each]) => el("div", { className: short(each) ? "flat" : "" }, el("dt", null, name), el("dd", null, tree(each)))));
}
function details(value) { // of an item: what is short at once, the rest when it is opened
  const entries = Object.entries(value), flat = entries.filter(([, each]) => short(each));
  return [flat.length > 0 && tree(Object.fromEntries(flat)), entries.filter(([, each]) => !short(each)).map(([name, each]) =>
    lazy(el("span", null, name, " ", el("small", null, extent(each))), () => tree(each)))];
}
const extent = (value) => typeof value === "string" ? characters(value) : Array.isArray(value) ? `list of ${value.length}`
  : value && typeof value === "object" ? plural(Object.keys(value).length, "field") : String(value);

const mark = (value) => value === undefined ? el("span", { className: "soft" }, "–")
  : el("span", { className: `verdict ${STATE[value]}` }, `${SYMBOL[value]} `, el("small", null, WORD[value]));

function checkTable(runs, checks) { // checks: for each row the check of each of these runs
  const metrics = METRICS.filter((metric) => checks.flat().some((check) => metric in check.verdicts));
  const reasons = (row) => {
    const [a, b] = row.map((check) => check.reason);
    if (row.length === 1 || a === b) return el("div", { dir: "auto" }, a);
    const ranges = wordDifference(a, b) || [[], []];
    return row.map((check, i) => { const text = el("span", { dir: "auto" }); paint(text, check.reason, ranges[i]); return el("div", null, glyph(runs[i]), " ", text); });
  };
  const stacked = $(".detail").clientWidth < 320 + 90 * metrics.length * runs.length; // no room for a column each
  return el("table", { className: stacked ? "checks stacked" : "checks", role: "table" },
    el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, el("th", { scope: "col" }, "Check"),
      metrics.map((metric) => runs.map((run) => el("th", { scope: "col" }, glyph(run), " ", metric))), el("th", { scope: "col" }, "Reason"))),
    el("tbody", { role: "rowgroup" }, checks.map((row) => el("tr", { role: "row" },
      el("th", { className: "kind", scope: "row", role: "rowheader" }, breakable(row[0].kind)),
      metrics.map((metric) => row.map((check, i) => el("td", { role: "cell", "data-label": metric,
        className: row.some((other) => other.verdicts[metric] !== check.verdicts[metric]) ? "changed" : "" }, el("span", { className: "label" }, glyph(runs[i]), metric), mark(check.verdicts[metric])))),
      el("td", { className: "reason", role: "cell" }, reasons(row))))));
}
function checks(pair) {
  const present = pair.items.map((item, run) => [run, item]).filter(([, item]) => item && item.checks.length);
  const kinds = ([, item]) => JSON.stringify(item.checks.map((c) => c.kind));
  if (!present.length) return el("p", { className: "soft" }, "none");
  if (present.length === 2 && kinds(present[0]) === kinds(present[1])) {
    return checkTable([0, 1], present[0][1].checks.map((check, i) => [check, present[1][1].checks[i]]));
  }
  return present.map(([run, item]) => checkTable([run], item.checks.map((check) => [check])));
}

function detail() {
  const pane = $(".detail"), pair = current;
  if (!pair) { pane.replaceChildren(el("p", { className: "soft" }, "No item matches.")); return; }
  const at = shown.indexOf(pair), texts = pair.items.map((item) => item?.response);
  const both = TWO && texts[0] && texts[1], ranges = both && view.words ? wordDifference(...texts) : null;
  const tick = (name, label) => el("label", { className: "tick" }, el("input", { type: "checkbox", checked: view[name],
    onchange: (e) => { view[name] = e.target.checked; detail(); $(`.tick input[name=${name}]`).focus({ preventScroll: true }); }, name }), label);
  const prompts = pair.items.length === 2 && pair.items[0] && pair.items[1] && pair.items[0].prompt !== pair.items[1].prompt ? pair.items : [pair.any];
  const same = TWO && pair.items[0] && pair.items[1] && change(pair, "");
  pane.replaceChildren(...[
    el("div", { className: "line" }, el("h2", null, el("a", { href: "#" + safe(pair.key), title: "Address of this item" }, pair.any.id)),
      el("span", { className: "steps" }, button("↑ List", () => $(".side").scrollIntoView(), { className: "quiet narrow" }),
        button("← Previous", () => step(-1), { className: "quiet", disabled: at <= 0 }), button("Next →", () => step(1), { className: "quiet", disabled: at < 0 || at >= shown.length - 1 }))),
    el("p", { className: "soft" }, [pair.any.group, pair.any.sample ? `sample ${pair.any.sample}` : "", `${(at + 1).toLocaleString("en")} of ${shown.length.toLocaleString("en")}`,
      same && { worse: "▼ B does worse", better: "▲ B does better", both: "▲▼ better in one, worse in another" }[same]].filter(Boolean).join(" · ")),
    el("h3", null, "Prompt"), prompts.map((item, run) => [prompts.length > 1 && glyph(run), textBlock(item.prompt)]),
    el("h3", null, "Checks"), checks(pair),
    el("div", { className: "line" }, el("h3", null, !ANSWERS ? "Details" : TWO ? "Responses" : "Response"),
      el("span", { className: "steps" }, both && tick("words", "mark differing words"), tick("spaces", "show white space"))),
    both && view.words && !ranges && el("p", { className: "soft" }, "Too long to be compared word by word."),
    el("div", { className: "responses" }, pair.items.map((item, run) => el("section", { "aria-label": RUNS[run].model },
      TWO && el("p", { className: "who" }, glyph(run), " ", RUNS[run].model),
      item?.problem && el("p", { className: "problem" }, el("b", null, "! Problem "), item.problem),
      item ? ANSWERS && (item.response || !item.problem) && [textBlock(item.response, ranges?.[run]), item.response && el("p", { className: "extent" }, characters(item.response))] : el("p", { className: "soft" }, "not in this run"),
      item && details(item.detail)))),
  ].flat(Infinity).filter(Boolean));
}

// ---- start ---------------------------------------------------------------------------------------------------------
function follow() { // to the item that the address names
  let key = "";
  try { key = decodeURIComponent(location.hash.slice(1)); } catch { return false; }
  const pair = key && PAIRS.find((each) => each.key === key);
  if (!pair) return false;
  if (!shown.includes(pair)) clear();
  choose(pair, false);
  $(".browser").scrollIntoView();
  return true;
}
addEventListener("keydown", (event) => {
  if (event.key === "Escape") { clear(); list.focus(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=checkbox]), select, textarea")) return;
  const inList = event.target === list, by = { j: 1, k: -1, ArrowDown: inList && 1, ArrowUp: inList && -1 }[event.key];
  if (by) { event.preventDefault(); step(by); }
  if (event.key === "/") { event.preventDefault(); controls.q.focus(); }
});
let drawing = 0;
list.addEventListener("scroll", () => { cancelAnimationFrame(drawing); drawing = requestAnimationFrame(draw); }, { passive: true });
addEventListener("resize", draw);
for (const width of [640, 860, 1100, 1300]) matchMedia(`(max-width: ${width}px)`).addEventListener("change", detail);
addEventListener("hashchange", follow);
head();
form();
apply();
follow();
