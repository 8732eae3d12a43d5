// ---- items -------------------------------------------------------------------------------------------------------
const PAIRS = (() => { // an item of each run under one key; a run without it has undefined
  const found = new Map();
  RUNS.forEach((run, at) => run.items.forEach((item) => {
    const key = item.sample ? `${item.id}/${item.sample}` : item.id, name = JSON.stringify([item.id, item.sample]);
    if (!found.has(name)) found.set(name, { key, items: RUNS.map(() => undefined), any: item });
    found.get(name).items[at] = item;
  }));
  return [...found.values()];
})();
const METRICS = unique(RUNS.flatMap((r) => r.items.flatMap((i) => i.checks.flatMap((c) => Object.keys(c.verdicts)))));
const KINDS = unique(RUNS.flatMap((r) => r.items.flatMap((i) => i.checks.map((c) => c.kind)))).sort();
const GROUPS = unique(RUNS.flatMap((r) => r.items.map((i) => i.group))).filter(Boolean);

function verdict(item, metric, part) { // of all checks together: undefined without one, false if one fails
  const all = item ? item.checks.filter((c) => metric in c.verdicts && (!part || partOf(c.kind, part))).map((c) => c.verdicts[metric]) : [];
  return !all.length ? undefined : all.includes(false) ? false : all.includes(null) ? null : true;
}
function change(pair, part) { // "worse", "better", "both" or ""
  let worse = false, better = false;
  for (const metric of METRICS) {
    const [a, b] = pair.items.map((item) => verdict(item, metric, part));
    if (a === b || a === undefined || b === undefined) continue;
    if (a === true || b === false) worse = true; else better = true;
  }
  return worse && better ? "both" : worse ? "worse" : better ? "better" : "";
}
const flat = (check) => JSON.stringify(METRICS.map((metric) => check.verdicts[metric]));
const differs = (pair, part) => {
  const [a, b] = pair.items.map((i) => i && i.checks.filter((c) => !part || partOf(c.kind, part)).map(flat).join());
  return a !== b;
};

const filters = { q: "", type: "", group: "", status: "", change: "" }, controls = {}, tests = new Map();
const CHANGES = { worse: ["Regressions", (c) => c === "worse" || c === "both"], better: ["Improvements", (c) => c === "better" || c === "both"] };

function searched(pair) {
  pair.text ??= [pair.key, ...pair.items.filter(Boolean).flatMap((i) =>
    [i.prompt, i.response, i.problem, ...i.checks.map((c) => c.reason)])].join("\n").toLowerCase();
  return pair.text.includes(filters.q.toLowerCase());
}
const matches = (pair) => (!filters.group || pair.any.group === filters.group)
  && (!filters.type || pair.items.some((i) => i && i.checks.some((c) => partOf(c.kind, filters.type))))
  && (!filters.status || tests.get(filters.status)(pair, filters.type))
  && (!filters.change || (filters.change === "differ" ? differs(pair, filters.type) : CHANGES[filters.change][1](change(pair, filters.type))))
  && (!filters.q || searched(pair));

function form() {
  const box = $(".filters");
  const count = (test) => PAIRS.reduce((sum, pair) => sum + (test(pair, "") ? 1 : 0), 0);
  const option = (value, label, n) => n !== 0 && el("option", { value }, n == null ? label : `${label} (${n.toLocaleString("en")})`);
  const select = (name, label, ...options) => {
    controls[name] = el("select", { "aria-label": label, onchange: (e) => { filters[name] = e.target.value; apply(); } }, option("", "any"), ...options);
    box.append(el("label", null, el("span", null, label), controls[name]));
  };
  let timer;
  controls.q = el("input", { type: "search", "aria-label": "Search", placeholder: "in prompts, responses, reasons", spellcheck: false,
    oninput: (e) => { clearTimeout(timer); timer = setTimeout(() => { filters.q = e.target.value; apply(); }, 150); } });
  box.append(el("label", { className: "wide" }, el("span", null, "Search"), controls.q));
  const kindCount = (part) => count((p) => p.items.some((i) => i && i.checks.some((c) => partOf(c.kind, part))));
  const families = unique(KINDS.map((kind) => kind.includes(":") ? kind.split(":")[0] : ""));
  select("type", "Type", families.flatMap((family) => family
    ? el("optgroup", { label: family }, [...(KINDS.includes(family) ? [] : [option(family, `all of ${family}`, kindCount(family))]),
      ...KINDS.filter((k) => k.startsWith(family + ":")).map((k) => option(k, k.slice(family.length + 1), kindCount(k)))])
    : KINDS.filter((k) => !k.includes(":")).map((k) => option(k, k, kindCount(k)))));
  if (GROUPS.length) select("group", "Group", GROUPS.map((g) => option(g, g, count((p) => p.any.group === g))));
  const status = (label, test) => {
    const value = String(tests.size);
    tests.set(value, test);
    return option(value, label, count(test));
  };
  select("status", "Verdict", RUNS.map((_, run) => {
    const where = TWO ? `${NAMES[run]}: ` : "", sort = (item) => item ? item.problem.split(":")[0] : "", problems = unique(RUNS[run].items.map(sort)).filter(Boolean);
    const options = [...METRICS.flatMap((metric) => [false, true, null].map((v) =>
      status(`${where}${metric} ${WORD[v]}`, (p, part) => verdict(p.items[run], metric, part) === v))),
    ...METRICS.flatMap((x, i) => METRICS.slice(i + 1).map((y) => status(`${where}${x} and ${y} disagree`,
      (p, part) => p.items[run]?.checks.some((c) => (!part || partOf(c.kind, part)) && x in c.verdicts && y in c.verdicts && c.verdicts[x] !== c.verdicts[y])))),
    status(`${where}has a problem`, (p) => Boolean(p.items[run]?.problem)),
    ...(problems.length < 9 ? problems.map((name) => status(`${where}${name}`, (p) => sort(p.items[run]) === name)) : []),
    ...(TWO ? [status(`${where}no such item`, (p) => !p.items[run])] : [])];
    return TWO ? el("optgroup", { label: `${NAMES[run]}: ${RUNS[run].model}` }, options.filter(Boolean)) : options;
  }).flat());
  if (TWO) {
    select("change", "From A to B", Object.entries(CHANGES).map(([value, [label, test]]) => option(value, label, count((p) => test(change(p, ""))))),
      option("differ", "Verdicts differ", count((p) => differs(p, ""))));
  }
  $(".found").after(button("Clear filters", clear, { className: "quiet clear-filters" }));
  box.addEventListener("submit", (event) => event.preventDefault());
}
function set(changes) {
  for (const [name, value] of Object.entries(changes)) filters[name] = controls[name].value = value;
  apply();
}
const clear = () => set(Object.fromEntries(Object.keys(controls).map((name) => [name, ""])));
function showPart(name) { // what a click on a row of a table does, if it names a part of the items
  const to = KINDS.some((kind) => partOf(kind, name)) ? "type" : GROUPS.includes(name) ? "group" : null;
  return to && (() => { clear(); set({ [to]: name }); $(".browser").scrollIntoView(); });
}

// ---- list: only the rows in sight are in the document ----------------------------------------------------------------
const safe = (key) => encodeURIComponent(key.replace(/\p{Surrogate}/gu, "\ufffd")); // half a pair has no address
const list = $(".list"), rows = $(".rows");
let shown = PAIRS, current = null;

function chips(pair) {
  const problem = NAMES.filter((_, run) => pair.items[run]?.problem).join(" ");
  const alike = new Map(); // by verdicts: with more than two metrics those that agree share a chip
  for (const metric of METRICS) {
    const all = pair.items.map((item) => verdict(item, metric)), key = all.join() + (METRICS.length > 2 ? "" : metric);
    if (all.some((v) => v !== undefined)) alike.set(key, { all, names: [...(alike.get(key)?.names || []), metric] });
  }
  return [problem && el("span", { className: "chip warn" }, TWO ? `! problem ${problem}` : "! problem"), ...[...alike.values()].map(({ all, names }) => {
    const last = all.at(-1), same = all.every((v) => v === last);
    const mark = same ? SYMBOL[last] : all.map((v) => SYMBOL[v] ?? "–").join("→");
    const says = `${names.join(", ")}: ${same ? WORD[last] : all.map((v) => WORD[v] ?? "absent").join(" to ")}`;
    return el("span", { className: `chip ${STATE[last] || ""} ${same ? "" : "changed"}`, title: says, "aria-label": says },
      `${mark} ${names.length === 1 ? names[0] : names.length === METRICS.length ? "all" : `${names.length} metrics`}`);
  })];
}
function draw() {
  const from = Math.max(0, Math.floor(list.scrollTop / ROW) - 6), to = Math.min(shown.length, from + Math.ceil(list.clientHeight / ROW) + 12);
  rows.replaceChildren(...shown.slice(from, to).map((pair, i) => {
    const at = from + i, chosen = pair === current;
    const row = el("div", { className: "row", id: `ui-row-${at}`, role: "option", "aria-selected": String(chosen), "aria-posinset": at + 1,
      "aria-setsize": shown.length, onclick: () => choose(pair, true) },
    el("div", { className: "line" }, el("span", { className: "id" }, pair.key), el("span", { className: "chips" }, chips(pair))),
    el("div", { className: "snippet", dir: "auto" }, pair.any.group && el("b", null, pair.any.group + " "), pair.any.prompt.slice(0, 200)));
    row.style.top = `${at * ROW}px`;
    return row;
  }));
  const at = shown.indexOf(current);
  if (at >= from && at < to) list.setAttribute("aria-activedescendant", `ui-row-${at}`); else list.removeAttribute("aria-activedescendant");
}
function apply() {
  shown = PAIRS.filter(matches);
  rows.style.height = `${shown.length * ROW}px`;
  $(".found").textContent = shown.length === PAIRS.length ? plural(PAIRS.length, "item")
    : `${shown.length.toLocaleString("en")} of ${plural(PAIRS.length, "item")}`;
  $(".clear-filters").disabled = !(filters.q || filters.type || filters.group || filters.status || filters.change);
  list.scrollTop = 0;
  if (!shown.includes(current)) choose(shown[0] || null, false); else { reveal(); draw(); detail(); }
}
function reveal() {
  const top = shown.indexOf(current) * ROW;
  if (top < 0) return;
  if (top < list.scrollTop) list.scrollTop = top;
  else if (top + ROW > list.scrollTop + list.clientHeight) list.scrollTop = top + ROW - list.clientHeight;
}
function choose(pair, asked) {
  current = pair;
  if (pair && asked) try { history.replaceState(null, "", "#" + safe(pair.key)); } catch { /* no address to change */ }
  reveal(); draw(); detail();
  const pane = $(".detail"), away = pane.getBoundingClientRect().top < 0 || list.getBoundingClientRect().bottom > innerHeight;
  if (asked && (away || matchMedia("(max-width: 860px)").matches)) pane.scrollIntoView();
}
function step(by) {
  const at = shown.indexOf(current) + by;
  if (at >= 0 && at < shown.length) choose(shown[at], true);
}
