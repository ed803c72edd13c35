// Draws Block Kit as elements. Text from messages only ever becomes text nodes.

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

const unescape = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

function link(url, label) {
  const safe = /^(https?:|mailto:)/i.test(url);
  return safe ? el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label) : label;
}

/** What stands between < and >. */
function special(inner, names) {
  const [target, label] = inner.split("|", 2);
  if (target.startsWith("@")) return el("span", { class: "mention" }, "@" + (names[target.slice(1)] ?? target.slice(1)));
  if (target.startsWith("#")) return el("span", { class: "mention" }, "#" + (label ?? target.slice(1)));
  if (target.startsWith("!date^")) {
    const [, seconds, format] = target.split("^");
    return el("time", {}, dated(Number(seconds), format ?? "", label));
  }
  if (target.startsWith("!subteam^")) return el("span", { class: "mention" }, label ?? "@oncall");
  if (target.startsWith("!")) return el("span", { class: "mention" }, "@" + target.slice(1));
  return link(unescape(target), unescape(label ?? target));
}

function dated(seconds, format, fallback) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return fallback ?? "";
  const day = date.toLocaleDateString(), time = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const seconded = date.toLocaleTimeString();
  return format.replaceAll("{time_secs}", seconded).replaceAll("{time}", time).replace(/\{(date|date_num|date_short|date_long)(_pretty)?\}/g, day);
}

const MARKS = /```([\s\S]+?)```|`([^`\n]+)`|<([^<>\n]+)>|(?<![\w*])\*([^*\n]+)\*(?![\w*])|(?<![\w_])_([^_\n]+)_(?![\w_])|(?<![\w~])~([^~\n]+)~(?![\w~])/g;

/** Slack's mrkdwn as nodes. */
export function mrkdwn(text, names) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(MARKS)) {
    nodes.push(unescape(text.slice(from, match.index)));
    const [all, block, code, angle, bold, italic, strike] = match;
    if (block !== undefined) nodes.push(el("pre", {}, unescape(block)));
    else if (code !== undefined) nodes.push(el("code", {}, unescape(code)));
    else if (angle !== undefined) nodes.push(special(angle, names));
    else if (bold !== undefined) nodes.push(el("strong", {}, mrkdwn(bold, names)));
    else if (italic !== undefined) nodes.push(el("em", {}, mrkdwn(italic, names)));
    else nodes.push(el("s", {}, mrkdwn(strike, names)));
    from = match.index + all.length;
  }
  nodes.push(unescape(text.slice(from)));
  return nodes;
}

const text = (object, names) => (!object ? [] : object.type === "mrkdwn" ? mrkdwn(object.text, names) : [object.text]);

function richInline(element, names) {
  const style = element.style ?? {};
  if (element.type === "text") {
    // What people write is stored as text with mentions in it.
    let nodes = element.text.includes("<@") ? mrkdwn(element.text, names) : [element.text];
    if (style.code) nodes = [el("code", {}, nodes)];
    if (style.bold) nodes = [el("strong", {}, nodes)];
    if (style.italic) nodes = [el("em", {}, nodes)];
    if (style.strike) nodes = [el("s", {}, nodes)];
    return nodes;
  }
  if (element.type === "link") return [link(element.url, element.text ?? element.url)];
  if (element.type === "user") return [el("span", { class: "mention" }, "@" + (names[element.user_id] ?? element.user_id))];
  if (element.type === "emoji") return [element.unicode ? String.fromCodePoint(...element.unicode.split("-").map((c) => parseInt(c, 16))) : `:${element.name}:`];
  if (element.type === "date") return [dated(element.timestamp, element.format, element.fallback)];
  if (element.type === "broadcast") return [el("span", { class: "mention" }, "@" + element.range)];
  return [el("span", { class: "mention" }, element.usergroup_id ?? element.channel_id ?? "")];
}

function rich(element, names) {
  const inside = () => element.elements.flatMap((child) => richInline(child, names));
  if (element.type === "rich_text_preformatted") return el("pre", {}, element.elements.map((child) => child.text ?? child.url));
  if (element.type === "rich_text_quote") return el("blockquote", {}, inside());
  if (element.type === "rich_text_list") {
    return el(element.style === "ordered" ? "ol" : "ul", {}, element.elements.map((item) => el("li", {}, rich(item, names))));
  }
  return el("div", { class: "section" }, inside());
}

/** Elements that people act on. `act(element, block, value)` tells the app, `keep` only remembers. */
function interactive(element, block, context) {
  const label = element.accessibility_label ?? element.placeholder?.text ?? element.action_id;
  const tell = (value) => context.act(element, block, value);
  if (element.type === "button") {
    return el("button", { type: "button", class: element.style, "aria-label": element.accessibility_label, "data-action": element.action_id, onclick: () => tell(null) }, element.text.text);
  }
  if (element.type === "overflow" || element.type === "static_select") {
    const kept = context.state?.[block.block_id]?.[element.action_id]?.selected_option ?? element.initial_option;
    const select = options(element, kept, element.type === "overflow" ? "⋯ More" : element.placeholder?.text ?? "Choose…");
    select.setAttribute("aria-label", element.type === "overflow" ? "More actions" : label);
    select.setAttribute("data-action", element.action_id);
    select.addEventListener("change", () => select.value && tell(select.value));
    return select;
  }
  if (element.type === "image") return el("span", { class: "note" }, `[image: ${element.alt_text}]`);
  return el("span", { class: "note" }, `[${element.type}]`);
}

function options(element, chosen, first) {
  const select = el("select", {}, el("option", { value: "" }, first));
  const add = (to, list) => list.forEach((option) => to.append(el("option", { value: option.value, selected: chosen?.value === option.value }, option.text.text)));
  if (element.options) add(select, element.options);
  for (const group of element.option_groups ?? []) {
    const part = el("optgroup", { label: group.label.text });
    add(part, group.options);
    select.append(part);
  }
  return select;
}

/** An input block: the label, the field, the hint, and what the app said of it. `field.read()` gives its value. */
function input(block, context) {
  const element = block.element;
  const id = `${context.prefix}-${block.block_id}`;
  const kept = context.state?.[block.block_id]?.[element.action_id] ?? {};
  const error = context.errors?.[block.block_id];
  const described = `${id}-hint ${id}-error`;
  let field, read;
  if (element.type === "checkboxes" || element.type === "radio_buttons") {
    const several = element.type === "checkboxes";
    const initial = several ? kept.selected_options ?? element.initial_options ?? [] : [kept.selected_option ?? element.initial_option].filter(Boolean);
    const boxes = element.options.map((option) => el("input", { type: several ? "checkbox" : "radio", name: id, value: option.value, checked: initial.some((one) => one.value === option.value) }));
    field = el("fieldset", { "aria-describedby": described }, el("legend", {}, block.label.text), boxes.map((box, number) => el("label", { class: "option" }, box, " ", text(element.options[number].text, context.names))));
    read = () => (several ? boxes.filter((box) => box.checked).map((box) => box.value) : boxes.find((box) => box.checked)?.value ?? null);
  } else if (element.type === "static_select") {
    field = options(element, kept.selected_option ?? element.initial_option, element.placeholder?.text ?? "Choose…");
    read = () => field.value || null;
  } else {
    const kind = { number_input: "number", email_text_input: "email", url_text_input: "url", datepicker: "date", timepicker: "time" }[element.type] ?? "text";
    const value = kept.value ?? element.initial_value ?? kept.selected_date ?? element.initial_date ?? kept.selected_time ?? element.initial_time ?? "";
    field = el(element.multiline ? "textarea" : "input", element.multiline ? {} : { type: kind });
    field.value = value;
    field.setAttribute("placeholder", element.placeholder?.text ?? "");
    field.setAttribute("autocomplete", "off");
    read = () => field.value || null;
  }
  if (field.tagName !== "FIELDSET") {
    field.id = id;
    field.setAttribute("aria-describedby", described);
    if (element.focus_on_load) field.setAttribute("autofocus", "");
  }
  if (error) field.setAttribute("aria-invalid", "true");
  context.fields?.set(block.block_id, read);
  return el("div", { class: "field" }, field.tagName === "FIELDSET" ? null : el("label", { for: id }, block.label.text + (block.optional ? " (optional)" : "")), field,
    el("div", { class: "note", id: `${id}-hint` }, block.hint?.text ?? ""), el("div", { class: "error-text", id: `${id}-error`, role: error ? "alert" : undefined }, error ?? ""));
}

const BLOCKS = {
  header: (block) => el("div", { class: "header", role: "heading", "aria-level": "3" }, block.text.text),
  divider: () => el("hr"),
  markdown: (block) => el("div", { class: "section" }, block.text),
  image: (block) => el("div", { class: "note" }, `[image: ${block.alt_text}]`),
  alert: (block, context) => el("div", { class: `alert ${block.level ?? ""}`, role: "note" }, text(block.text, context.names)),
  context: (block, context) => el("div", { class: "context" }, block.elements.map((part) => el("span", {}, part.type === "image" ? `[image: ${part.alt_text}]` : text(part, context.names)))),
  actions: (block, context) => el("div", { class: "actions" }, block.elements.map((element) => interactive(element, block, context))),
  rich_text: (block, context) => el("div", {}, block.elements.map((element) => rich(element, context.names))),
  section: (block, context) => el("div", { class: "section" },
    block.accessory ? el("span", { class: "accessory" }, interactive(block.accessory, block, context)) : null,
    block.text ? text(block.text, context.names) : null,
    block.fields ? el("div", { class: "fields" }, block.fields.map((field) => el("div", {}, text(field, context.names)))) : null),
  input,
};

export function blocks(list, context) {
  return list.map((block) => (BLOCKS[block.type] ?? ((other) => el("div", { class: "note" }, `[${other.type}]`)))(block, context));
}
