// Draws what the chosen user sees, and does what they do. The server says with each change that looking is worth while.
import { blocks, el, mrkdwn } from "/blocks.js";

const $ = (id) => document.getElementById(id);
const chosen = { user: null, channel: null, thread: null, modal: null };
let sees = null, names = {}, everybody = null;

async function ask(path, body) {
  const options = body === undefined ? {} : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(`/_sim/${path}`, options);
  const answer = await response.json().catch(() => ({ error: `HTTP ${response.status}` }));
  if (answer?.error) say(answer.error);
  return answer;
}

function say(text) {
  const line = el("p", {}, text, " ", el("button", { type: "button", onclick: () => line.remove() }, "OK"));
  $("notices").append(line);
}

const act = (what, body) => ask(what, { user: chosen.user, ...body });

async function look() {
  if (!chosen.user) return;
  sees = await ask(`workspace?user=${encodeURIComponent(chosen.user)}`);
  names = Object.fromEntries(sees.names.map((one) => [one.id, one.name]));
  const home = sees.channels.some((channel) => channel.id === chosen.channel) || chosen.channel === "home";
  if (!home) chosen.channel = sees.channels[0]?.id ?? "home";
  draw();
}

function draw() {
  const { connections, transport } = sees.app;
  $("app-state").textContent = !sees.installed ? "The app is not installed here" : transport === "http" ? "The app is reached by signed requests" : connections ? "The app is connected" : "The app is not connected";
  drawChannels();
  drawMessages();
  drawThread();
  drawModal();
  for (const notice of sees.notices.filter((one) => !shown.has(one.at))) {
    shown.add(notice.at);
    if (notice.at > since) say(notice.text);
  }
}
const shown = new Set(), since = Date.now() / 1000;

/** The newest message of each channel that the person has seen. */
let read = {};

const called = (channel) => (channel.direct ? "dd0c (direct)" : "# " + channel.name);

function drawChannels() {
  const newest = (channel) => channel.messages.at(-1)?.ts ?? "";
  for (const channel of sees.channels) if (channel.id === chosen.channel || !(channel.id in read)) read[channel.id] = newest(channel);
  const fresh = (channel) => newest(channel) > read[channel.id];
  const pick = (id) => () => { Object.assign(chosen, { channel: id, thread: null }); if (id === "home") act("home", {}); draw(); };
  const entry = (id, label) => el("button", { type: "button", onclick: pick(id), "aria-current": chosen.channel === id ? "page" : undefined }, label);
  $("channels").replaceChildren(...sees.channels.map((channel) => entry(channel.id, fresh(channel) ? [el("strong", {}, called(channel)), " · new"] : called(channel))), entry("home", "dd0c App Home"));
}

function context(prefix, where, state) {
  return { prefix, names, state, act: (element, block, value) => press(where, element, block, value) };
}

async function press(where, element, block, value) {
  if (element.confirm && !(await confirmed(element.confirm))) return draw();
  if (element.url) window.open(element.url, "_blank", "noopener");
  await act("click", { ...where, action_id: element.action_id, block_id: block.block_id, value, confirmed: true });
}

function confirmed(ask) {
  return new Promise((resolve) => {
    const dialog = $("confirm");
    const answer = (yes) => () => { dialog.close(); resolve(yes); };
    dialog.replaceChildren(el("h2", { id: "confirm-title" }, ask.title.text), el("p", {}, ask.text.type === "mrkdwn" ? mrkdwn(ask.text.text, names) : ask.text.text),
      el("div", { class: "actions" }, el("button", { type: "button", onclick: answer(false), autofocus: true }, ask.deny.text), el("button", { type: "button", class: ask.style ?? "primary", onclick: answer(true) }, ask.confirm.text)));
    dialog.oncancel = () => resolve(false);
    dialog.showModal();
  });
}

function message(one, channel, inThread) {
  const where = { channel: channel.id, ts: one.ts };
  const replies = channel.messages.filter((other) => other.thread_ts === one.ts && other.ts !== one.ts);
  const open = () => { chosen.thread = one.thread_ts ?? one.ts; draw(); $("thread").focus?.(); };
  const shortcuts = el("select", { "aria-label": "Message shortcuts", onchange: (event) => { const id = event.target.value; event.target.value = ""; if (id) act("shortcut", { ...where, callback_id: id }); } },
    el("option", { value: "" }, "⋮"), everybody.shortcuts.map(([id, name]) => el("option", { value: id }, name)));
  return el("article", { class: one.only_for ? "ephemeral" : undefined, "data-ts": one.ts },
    el("div", {}, el("span", { class: "who" }, names[one.user] ?? one.user), one.bot_id ? " APP " : " ", el("time", { class: "when" }, new Date(parseFloat(one.ts) * 1000).toLocaleTimeString()),
      one.only_for ? el("span", { class: "note" }, " Only visible to you") : null, one.broadcast || one.subtype ? el("span", { class: "note" }, " also sent to the channel") : null, " ", shortcuts),
    el("div", {}, one.blocks ? blocks(one.blocks, context(one.ts, where, one.state)) : mrkdwn(one.text, names)),
    one.reactions ? el("div", { class: "note" }, one.reactions.map((reaction) => `:${reaction.name}: ${reaction.count} `)) : null,
    inThread ? null : el("button", { type: "button", class: "thread-button", onclick: open }, replies.length ? `${replies.length} ${replies.length === 1 ? "reply" : "replies"}` : "Reply in thread"));
}

const atBottom = (node) => node.scrollHeight - node.scrollTop - node.clientHeight < 80;

/** New contents; what is focused by name stays focused, and who reads the end keeps reading the end. */
function replace(node, children) {
  const focused = document.activeElement?.closest("[data-ts]")?.dataset.ts, action = document.activeElement?.dataset?.action;
  const end = atBottom(node);
  node.replaceChildren(...children);
  if (end) node.scrollTop = node.scrollHeight;
  if (focused && action && !document.querySelector("dialog[open]")) node.querySelector(`[data-ts="${CSS.escape(focused)}"] [data-action="${CSS.escape(action)}"]`)?.focus();
}

function drawMessages() {
  if (chosen.channel === "home") {
    $("title").textContent = "dd0c App Home";
    $("compose").hidden = true;
    const home = sees.home;
    return replace($("messages"), home ? blocks(home.blocks, context("home", {}, {})) : [el("p", {}, "The app has published no home yet.")]);
  }
  const channel = sees.channels.find((one) => one.id === chosen.channel);
  if (!channel) return;
  $("compose").hidden = false;
  $("title").textContent = called(channel);
  const top = channel.messages.filter((one) => !one.thread_ts || one.thread_ts === one.ts || one.subtype === "thread_broadcast");
  replace($("messages"), top.map((one) => message(one, channel, false)));
}

function drawThread() {
  const aside = $("thread"), channel = sees.channels.find((one) => one.id === chosen.channel);
  const list = chosen.thread && channel ? channel.messages.filter((one) => one.ts === chosen.thread || one.thread_ts === chosen.thread) : [];
  aside.hidden = list.length === 0;
  if (aside.hidden) return;
  const draft = aside.querySelector("input")?.value ?? "", typing = document.activeElement === aside.querySelector("input");
  const line = el("input", { "aria-label": "Reply", autocomplete: "off", placeholder: "Reply, or mention @dd0c" });
  line.value = draft;
  const send = (event) => { event.preventDefault(); if (line.value.trim()) act("post", { channel: channel.id, thread_ts: chosen.thread, text: line.value }); line.value = ""; };
  replace(aside, [el("div", { class: "actions" }, el("strong", {}, "Thread"), el("button", { type: "button", onclick: () => { chosen.thread = null; draw(); } }, "Close thread")),
    ...list.map((one) => message(one, channel, true)), el("form", { class: "actions", onsubmit: send }, line, el("button", {}, "Reply"))]);
  if (typing) line.focus();
}

function drawModal() {
  const dialog = $("modal"), view = sees.modal;
  if (!view) { chosen.modal = null; if (dialog.open) dialog.close(); return; }
  const version = JSON.stringify([view.id, view.hash, view.errors]);
  if (chosen.modal === version) return;
  chosen.modal = version;
  const fields = new Map();
  const drawing = { ...context(view.id, { view_id: view.id }, view.state.values), errors: view.errors, fields };
  const submit = async (event) => {
    event.preventDefault();
    const values = Object.fromEntries([...fields].map(([id, read]) => [id, read()]));
    dialog.querySelector("button[type=submit]").disabled = true;
    await act("submit", { view_id: view.id, values });
    chosen.modal = null;
    look();
  };
  const close = (all) => () => act("close", { view_id: view.id, all });
  dialog.oncancel = (event) => { event.preventDefault(); close(true)(); };
  dialog.replaceChildren(el("h2", { id: "modal-title" }, view.title.text), el("form", { onsubmit: submit, novalidate: true }, blocks(view.blocks, drawing),
    el("div", { class: "actions" }, el("button", { type: "button", onclick: close(false) }, view.close?.text ?? "Close"), view.submit ? el("button", { type: "submit", class: "primary" }, view.submit.text) : null)));
  if (!dialog.open) dialog.showModal();
  (dialog.querySelector("[aria-invalid]") ?? dialog.querySelector("[autofocus]") ?? dialog.querySelector("input, textarea, select"))?.focus();
}

async function send(event) {
  event.preventDefault();
  const text = $("line").value.trim();
  if (!text) return;
  $("line").value = "";
  await act(text.startsWith("/") ? "command" : "post", { channel: chosen.channel, text });
}

async function alertNow(number, button) {
  button.disabled = true;
  const answer = await ask("alert", { number });
  button.disabled = false;
  if (answer.status && !answer.ok) say(`The alert was refused (HTTP ${answer.status}): ${answer.said}`);
}

async function start() {
  everybody = await ask("users");
  const group = (team) => el("optgroup", { label: team.name }, team.users.filter((one) => !one.bot).map((one) => el("option", { value: one.id }, one.real_name)));
  $("user").replaceChildren(...everybody.teams.map(group));
  const wanted = new URLSearchParams(location.hash.slice(1));
  if (wanted.get("user")) $("user").value = wanted.get("user");
  chosen.channel = wanted.get("channel");
  chosen.user = $("user").value;
  $("user").addEventListener("change", () => { Object.assign(chosen, { user: $("user").value, thread: null, modal: null }); read = {}; look(); });
  $("alerts").replaceChildren(...everybody.alerts.map((name, number) => el("button", { type: "button", class: "danger", onclick: (event) => alertNow(number, event.target) }, "🔔 " + name)));
  $("compose").addEventListener("submit", send);
  let asked = false;
  const soon = () => { if (!asked) { asked = true; setTimeout(() => { asked = false; look(); }, 60); } };
  new EventSource("/_sim/changes").onmessage = soon;
  look();
}

start();
