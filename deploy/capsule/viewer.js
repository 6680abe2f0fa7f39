"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const at = (id) => document.getElementById(id);
const bad = new Set(["deadline_breached.v1", "rule_deviated.v1", "personal_data_denied.v1", "complaint_registered.v1"]);
const weekdays = "日一二三四五六";
let open = data.cases.length === 1 ? data.cases[0] : null;
let upTo = 0, chosen = 0;

/** An element; text is always set as text. */
function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") made.addEventListener("click", value);
    else if (value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== undefined && child !== ""));
  return made;
}

/** Text with what was searched for marked. */
function marked(text) {
  const sought = at("search").value.trim();
  const span = el("span");
  if (!sought) return el("span", {}, text);
  text.split(sought).forEach((part, n) => {
    if (n) span.append(el("mark", {}, sought));
    span.append(part);
  });
  return span;
}

const day = (t) => `${t.slice(0, 4)} 年 ${+t.slice(5, 7)} 月 ${+t.slice(8, 10)} 日 星期${weekdays[new Date(t.slice(0, 10)).getDay()]}`;
const said = (t) => `${t.slice(0, 10)} ${t.slice(11)}`;
const ruleOf = (step) => (step.rule === undefined ? null : data.rules[step.rule]);
const grade = (rule) => (rule.grade ? `${rule.name} · ${rule.grade}` : rule.name);

function textOf(step) {
  const rule = ruleOf(step);
  return [step.says, step.who, step.actor, step.kind, rule ? rule.name + rule.text : ""].join(" ");
}

function shows(step) {
  return (at("minor").checked || !step.minor) && (!at("service").value || step.service === at("service").value) &&
    (!at("actor").value || step.actor === at("actor").value) && textOf(step).includes(at("search").value.trim());
}

function clocksAt(steps, n) {
  for (let i = n - 1; i >= 0; i--) if (steps[i].clocks) return steps[i].clocks;
  return [];
}

function row(step, n) {
  const rule = ruleOf(step), kinds = ["fact"];
  if (bad.has(step.kind)) kinds.push("bad");
  if (n > upTo) kinds.push("ahead");
  if (n === chosen) kinds.push("chosen");
  const picked = chosen && open.steps[chosen - 1];
  if (picked && picked.cause === n) kinds.push("is-cause");
  if (chosen && step.cause === chosen) kinds.push("is-effect");
  const what = el("div", { class: "says" }, marked(step.says));
  if (step.turn) what.append(el("small", {}, `${step.turn[0]}：${step.turn[1]} → ${step.turn[2]}`));
  if (step.recorded) what.append(el("small", {}, `${said(step.recorded)} 补录`));
  return el("li", { class: kinds.join(" "), id: `f${n}`, tabindex: 0, style: `--of: var(--${step.service})`, onclick: () => choose(n) },
    el("div", { class: "n" }, String(n)), el("div", { class: "t" }, step.t.slice(11) + (step.about ? "≈" : "")), what,
    el("div", { class: "who" }, marked(step.who)),
    el("div", { class: "rule", title: rule ? rule.text : undefined }, rule ? marked(grade(rule)) : ""));
}

function timeline(aCase, into) {
  let last = "", list;
  aCase.steps.forEach((step, i) => {
    if (!shows(step)) return;
    if (step.t.slice(0, 10) !== last) {
      last = step.t.slice(0, 10);
      list = el("ol", { class: "day" });
      into.append(el("h2", {}, day(step.t)), list);
    }
    list.append(row(step, i + 1));
  });
  if (!list) into.append(el("p", { class: "none" }, "没有相符的记录。"));
}

function nowBox(aCase) {
  const box = el("section", { class: "now-box" }), step = aCase.steps[upTo - 1];
  const turned = {};
  aCase.steps.slice(0, upTo).forEach((each) => { if (each.turn) turned[each.id.replace(/\/\d+$/, "")] = [each.turn[0], each.turn[2]]; });
  const whole = upTo === aCase.steps.length;
  const stands = whole ? aCase.stands : Object.values(turned).map((pair) => pair.join(" "));
  const clocks = clocksAt(aCase.steps, upTo);
  box.append(el("p", {}, el("b", {}, whole ? "现在" : "其时"), stands.join("；") || "—"));
  const running = el("p", {}, el("b", {}, "时限"));
  clocks.forEach(([name, due, held]) => running.append(el("span", { class: due < step.t && !held ? "chip over" : "chip" },
    `${name} ${held ? "（中止）" : "至 " + said(due).slice(5)}`)));
  if (!clocks.length) running.append("没有在走的时限");
  box.append(running);
  return box;
}

function rulesTable(cases) {
  const used = [...new Set(cases.flatMap((each) => each.steps.map((step) => step.rule)).filter((n) => n !== undefined))];
  const rules = used.map((n) => data.rules[n]).sort((a, b) => (a.name < b.name ? -1 : 1));
  const body = rules.map((rule) => el("tr", {}, el("td", {}, rule.name + (rule.of_version ? "" : " *")),
    el("td", {}, rule.text || "（规则数据中没有条文）"), el("td", {}, rule.grade), el("td", {}, rule.source)));
  return [el("h2", {}, "依据"), el("table", { class: "rules" },
    el("tr", {}, ...["规则", "内容", "等级", "来源"].map((name) => el("th", {}, name))), ...body)];
}

function caseList(into) {
  const found = data.cases.filter((each) => !filtered() || each.steps.some(shows) ||
    (at("search").value.trim() && each.n.includes(at("search").value.trim())));
  const list = el("div");
  found.forEach((each) => {
    const wrong = each.steps.filter((step) => step.kind === "deadline_breached.v1").length;
    list.append(el("div", { class: "case", tabindex: 0, onclick: () => enter(each) }, el("div", { class: "no" }, marked(each.n)),
      el("div", {}, each.stands.slice(0, 3).join("；")), el("div", { class: "d" }, each.steps[0].t.slice(0, 10)),
      el("div", { class: "d" }, `${each.steps.length} 条${wrong ? " · 超期" : ""}`)));
  });
  into.append(el("h2", {}, `办件 ${found.length} 件`), list);
}

function filtered() {
  return at("search").value.trim() || at("service").value || at("actor").value;
}

function draw() {
  const main = at("main");
  main.replaceChildren();
  at("time").hidden = !open;
  at("time").style.display = open ? "" : "none";
  at("minorLabel").style.display = open ? "" : "none";
  at("back").hidden = !open || data.cases.length === 1;
  at("title").textContent = open && data.cases.length > 1 ? open.n : data.title;
  if (!open) {
    at("summary").textContent = `办件 ${data.cases.length} 件，事实 ${data.about.facts} 条，规则集 ${data.about.rules.join("、")}`;
    caseList(main);
    return;
  }
  const steps = open.steps;
  at("summary").textContent = `事实 ${steps.length} 条，${said(steps[0].t)} 至 ${said(steps[steps.length - 1].t)}；规则集 ${data.about.rules.join("、")}`;
  at("slider").max = steps.length;
  at("slider").value = upTo;
  at("now").textContent = `${said(steps[upTo - 1].t)} · 第 ${upTo} 行`;
  main.append(nowBox(open));
  timeline(open, main);
  main.append(...rulesTable([open]));
}

function enter(aCase) {
  open = aCase;
  close();
  upTo = aCase ? aCase.steps.length : 0;
  if (aCase) at("search").value = "";
  choices();
  draw();
  window.scrollTo(0, 0);
}

function choose(n) {
  chosen = chosen === n ? 0 : n;
  draw();
  if (!chosen) return close();
  const step = open.steps[n - 1], rule = ruleOf(step), panel = at("detail");
  const effects = open.steps.map((each, i) => [each, i + 1]).filter(([each]) => each.cause === n);
  const link = (m) => el("div", {}, el("a", { tabindex: 0, onclick: () => go(m) }, `第 ${m} 行：${open.steps[m - 1].says}`));
  const terms = [["时间", said(step.t) + (step.about ? "（台账未记时刻）" : "") + (step.recorded ? `；${said(step.recorded)} 补录` : "")],
    ["何人", `${step.who}（${step.actor}）`], ["环节", data.services[step.service] || step.service]];
  const list = el("dl");
  const add = (name, ...what) => list.append(el("dt", {}, name), ...what.map((each) => el("dd", {}, each)));
  terms.forEach(([name, text]) => add(name, text));
  add("起因", step.cause ? link(step.cause) : step.why);
  add("后果", ...(effects.length ? effects.map(([, m]) => link(m)) : ["无"]));
  if (rule) add("依据", grade(rule), rule.text || "（规则数据中没有条文）", rule.source ? `来源：${rule.source}` : "");
  const clocks = clocksAt(open.steps, n);
  if (clocks.length) add("其后在走的时限", ...clocks.map(([name, due, held]) => `${name} ${held ? "（中止）" : "至 " + said(due)}`));
  add("事实", step.id, step.kind, `原文：${step.at}`);
  panel.replaceChildren(el("button", { class: "close", onclick: () => { chosen = 0; close(); draw(); } }, "关闭"), el("h3", {}, step.says), list);
  if (step.data) panel.append(el("pre", {}, JSON.stringify(step.data, (key, value) =>
    (typeof value === "string" && value.startsWith("sealed:") ? "［已密封］" : value), 1)));
  panel.hidden = false;
  document.body.classList.add("open");
}

function go(n) {
  if (open.steps[n - 1].minor) at("minor").checked = true;
  chosen = 0;
  choose(n);
  const found = at(`f${n}`);
  if (found) found.scrollIntoView({ block: "center" });
}

function close() {
  chosen = 0;
  at("detail").hidden = true;
  document.body.classList.remove("open");
}

function choices() {
  const steps = (open ? [open] : data.cases).flatMap((each) => each.steps);
  const fill = (id, found) => {
    at(id).replaceChildren(at(id).firstElementChild, ...[...found].sort((a, b) => (a[1] < b[1] ? -1 : 1))
      .map(([value, name]) => el("option", { value }, name)));
    at(id).value = "";
  };
  fill("service", new Map(steps.map((step) => [step.service, data.services[step.service] || step.service])));
  fill("actor", new Map(steps.map((step) => [step.actor, step.who])));
}

/** On paper: the whole history, whatever is filtered on the screen. */
function onPaper() {
  if (!open) {
    const main = at("main");
    data.cases.forEach((each) => {
      const part = el("section", { class: "case-print" }, el("h1", {}, each.n));
      open = each; upTo = each.steps.length;
      part.append(nowBox(each));
      timeline(each, part);
      main.append(part);
    });
    open = null;
    main.append(...rulesTable(data.cases));
    return;
  }
  onPaper.was = [at("search").value, at("service").value, at("actor").value, at("minor").checked, upTo];
  at("search").value = at("service").value = at("actor").value = "";
  at("minor").checked = true;
  upTo = open.steps.length;
  draw();
}

function afterPaper() {
  if (open && onPaper.was) [at("search").value, at("service").value, at("actor").value, at("minor").checked, upTo] = onPaper.was;
  draw();
}

["search", "service", "actor", "minor"].forEach((id) => at(id).addEventListener("input", draw));
at("slider").addEventListener("input", () => { upTo = +at("slider").value; draw(); });
at("back").addEventListener("click", () => enter(null));
at("print").addEventListener("click", () => window.print());
window.addEventListener("beforeprint", onPaper);
window.addEventListener("afterprint", afterPaper);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") { close(); draw(); }
  if (event.key === "Enter" && event.target.matches(".fact, .case, a")) event.target.click();
});
enter(open);
