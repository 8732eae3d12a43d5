// The report page. Data is untrusted: it reaches the document as text only, through el() and textContent.
"use strict";
const DATA = JSON.parse(document.getElementById("ui-data").textContent);
const RUNS = DATA.results, TWO = RUNS.length === 2, NAMES = ["A", "B"];
const ROW = 58, LONG = 4000, SYMBOL = { true: "✓", false: "✗", null: "?" };
const WORD = { true: "passed", false: "failed", null: "undecided" }, STATE = { true: "pass", false: "fail", null: "open" };
const $ = (selector) => document.querySelector(selector);
const unique = (values) => [...new Set(values)];

// ---- elements ----------------------------------------------------------------------------------------------------
function el(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (value == null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node && !name.includes("-")) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return node;
}
const glyph = (run) => TWO && el("span", { className: `glyph run${run}`, title: RUNS[run].model }, NAMES[run]);
const plural = (n, word) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;
const pieces = (text) => text.split(/(?<=[:_/.-])/).map((piece) => [piece, el("wbr")]);
const breakable = (name) => { // the family of a type is set back
  const end = name.indexOf(":") + 1;
  return [end > 0 && el("span", { className: "soft" }, pieces(name.slice(0, end))), pieces(name.slice(end))];
};
const button = (content, onclick, props) => el("button", { type: "button", onclick, ...props }, content);

function copier(text) {
  const node = button("Copy", async () => {
    try { await navigator.clipboard.writeText(text); } catch {
      const area = el("textarea", { value: text, className: "away" });
      document.body.append(area); area.select(); document.execCommand("copy"); area.remove();
    }
    node.textContent = "Copied"; setTimeout(() => { node.textContent = "Copy"; }, 1500);
  }, { className: "quiet", "aria-live": "polite" });
  return node;
}

// ---- numbers -----------------------------------------------------------------------------------------------------
const percent = (score) => score.unit === "%";
const minus = (text) => text.replace("-", "−");
const number = (score, value) => minus((percent(score) ? 100 * value : value).toFixed(2));
const signed = (score, value) => (value > 0 ? "+" : "") + number(score, value);
const interval = (score) => score.low == null ? score.method : `${number(score, score.low)} to ${number(score, score.high)}`;

function axis(scores) { // shares from 0 to 1 whatever they are; other units from the lowest to the highest bound, with 0
  if (scores.every(percent)) return { low: 0, high: 1, ticks: [0, 25, 50, 75, 100] };
  const ends = scores.flatMap((s) => [s.low ?? s.value, s.high ?? s.value]).filter((v) => v != null);
  const high = Math.max(1, ...ends.map(Math.ceil)), low = Math.min(0, ...ends.map(Math.floor));
  return { low, high, ticks: [low, (low + high) / 2, high] };
}

function chart(scores, { low, high, ticks }) {
  const at = (value) => `${100 * (Math.min(high, Math.max(low, value)) - low) / (high - low)}%`;
  const box = el("div", { className: "chart", "aria-hidden": "true" });
  ticks.forEach((_, i) => { const line = el("i"); line.style.left = `${100 * i / (ticks.length - 1)}%`; box.append(line); });
  scores.forEach((score, run) => {
    if (!score || score.value == null) return;
    const lane = el("div", { className: `lane run${run}` }), dot = el("b");
    if (score.low != null) {
      const bar = el("u");
      bar.style.left = at(score.low); bar.style.right = `calc(100% - ${at(score.high)})`;
      lane.append(bar);
    }
    dot.style.left = at(score.value); lane.append(dot); box.append(lane);
  });
  return box;
}

function difference(score) {
  if (!score) return el("span", { className: "soft" }, "–");
  const clear = score.low != null && (score.low > 0 || score.high < 0);
  const sign = score.value > 0 ? "▲" : score.value < 0 ? "▼" : "=";
  const range = score.low == null ? "" : `${signed(score, score.low)} to ${signed(score, score.high)}`;
  return el("span", { className: clear ? "clear" : "", title: score.method }, `${sign} ${signed(score, score.value)} `,
    el("small", null, range || (score.method.startsWith("no prompt") ? "none differs" : "no interval")));
}

// ---- score tables ------------------------------------------------------------------------------------------------
const partOf = (kind, part) => kind === part || kind.startsWith(part + ":");

function table(title, sets, differences, headline) {
  const rows = unique(sets.flat().map((s) => s.name)).map((name, order) => {
    const scores = sets.map((set) => set.find((s) => s.name === name));
    return { name, order, scores, one: scores.find(Boolean), change: differences.find((d) => d.score.name === name)?.score };
  });
  const units = new Map(unique(rows.map((r) => r.one.unit)).map((unit) =>
    [unit, axis(sets.flat().filter((s) => s.unit === unit))]));
  const columns = [["name", headline ? "Score" : "Part", (r) => r.name]];
  sets.forEach((_, run) => columns.push(["value", TWO ? NAMES[run] : "Value", (r) => r.scores[run]?.value ?? -Infinity]));
  columns.push(["plot", units.size === 1 ? [...units.values()][0].ticks
    : [...units].map(([unit, { ticks }]) => `${unit || "others"}: ${ticks[0]} to ${ticks.at(-1)}`).join(", ")]);
  if (TWO) columns.push(["range", "B − A, 95% interval", (r) => r.change?.value ?? -Infinity]);
  else columns.push(["range", "95% interval", (r) => (r.one.high ?? NaN) - (r.one.low ?? NaN)]);
  columns.push(["n", "n", (r) => r.one.n]);
  if (headline && !TWO) columns.push(["method", "Interval by"]);
  const body = el("tbody", { role: "rowgroup" });
  let sorted = null, direction = 1;
  const heads = columns.map(([name, label, key]) => {
    const text = Array.isArray(label) ? label.map((tick) => el("span", null, minus(String(tick)))) : label;
    const head = el("th", { className: name, scope: "col", role: "columnheader" }, key && !headline ? button(text, () => sort(head, key, name === "name" ? 1 : -1)) : text);
    return head;
  });
  function sort(head, key, first) { // once, the other way round, as it was
    if (sorted === head && direction !== first) sorted = null; else { direction = sorted === head ? -first : first; sorted = head; }
    heads.forEach((each) => each.removeAttribute("aria-sort"));
    sorted?.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
    const compare = (x, y) => (typeof x === "string" ? x.localeCompare(y) : (Number.isNaN(x) ? -1 : x) - (Number.isNaN(y) ? -1 : y));
    rows.sort((x, y) => (sorted && direction * compare(key(x), key(y))) || x.order - y.order);
    fill();
  }
  function fill() {
    body.replaceChildren(...rows.map((row) => {
      const filter = !headline && showPart(row.name);
      const cell = (name, ...content) => el("td", { className: name, role: "cell" }, ...content);
      const counts = unique(row.scores.filter(Boolean).map((s) => s.n.toLocaleString("en")));
      return el("tr", { role: "row" },
        el("th", { className: "name", scope: "row", role: "rowheader" }, filter
          ? button(breakable(row.name), filter, { className: "link", title: "Show its items" }) : breakable(row.name)),
        row.scores.map((s, run) => cell("value", glyph(run), s && s.value != null ? number(s, s.value) : "–")),
        cell("plot", chart(row.scores, units.get(row.one.unit))),
        cell(TWO || row.one.low != null ? "range" : "range none", TWO ? difference(row.change) : interval(row.one)), cell("n", counts.join(" / ")),
        headline && !TWO && cell("method", row.one.low == null ? "" : row.one.method, percent(row.one) || !row.one.unit ? "" : ` (${row.one.unit})`));
    }));
  }
  fill();
  return el("table", { className: TWO ? "two" : "one", role: "table", "aria-label": title },
    el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, heads)), body);
}

// ---- head --------------------------------------------------------------------------------------------------------
function head() {
  const box = el("div", { className: "runs" });
  $(".head").append(el("p", { className: "over" }, TWO ? "Two evaluations compared" : "Evaluation"), el("h1", null, RUNS[0].task), box);
  const marks = TWO && wordDifference(RUNS[0].signature, RUNS[1].signature);
  RUNS.forEach((run, at) => {
    const signature = el("code");
    paint(signature, run.signature, marks ? marks[at] : []);
    const checks = run.items.reduce((sum, item) => sum + item.checks.length, 0);
    const facts = [plural(run.items.length, "item"), plural(checks, "check"),
      plural(unique(run.items.flatMap((i) => i.checks.map((c) => c.kind))).length, "type")];
    const counts = Object.entries(run.counts).map(([name, n]) => el("li", { className: "count" }, `! ${name}: ${n.toLocaleString("en")}`));
    const few = Math.min(...run.scores.map((s) => s.n).filter(Boolean));
    const half = Math.max(0, ...run.scores.filter((s) => percent(s) && s.low != null).map((s) => 50 * (s.high - s.low)));
    const notes = [few < 100 && `n = ${few} is small${half ? `: the 95% intervals reach ±${half.toFixed(0)} points` : ""}.`, ...run.notes];
    box.append(el("section", { className: "run" }, el("h2", null, glyph(at), run.model),
      el("ul", { className: "facts" }, facts.map((fact) => el("li", null, fact)), counts),
      el("p", { className: "signature" }, signature, copier(run.signature)),
      notes.filter(Boolean).map((note) => el("p", { className: "note" }, el("b", null, "Note "), note)),
      Object.keys(run.settings).length > 0 && lazy("Settings", () => tree(run.settings))));
  });
  const changes = (title) => DATA.differences.filter((each) => each.table === title);
  $(".scores").append(el("div", { className: "line" }, el("h2", { id: "ui-scores" }, "Scores"),
    button("Go to the items ↓", () => $(".browser").scrollIntoView(), { className: "quiet" })),
  table("Scores", RUNS.map((run) => run.scores), changes(""), true));
  unique(RUNS.flatMap((run) => run.tables.map((t) => t.title))).forEach((title, at) => {
    const sets = RUNS.map((run) => run.tables.find((t) => t.title === title)?.rows || []);
    $(".tables").append(el("details", { open: at < 3 }, el("summary", null, el("h2", null, title)), table(title, sets, changes(title), false)));
  });
}
