"use strict";
(() => {
  const { root, folders, rows, tones } = JSON.parse(document.getElementById("data").textContent);
  const PAGE = 100;
  const RANKS = Object.keys(tones);
  const THINGS = {
    dockerfiles: ["Dockerfile fewer", "Dockerfiles fewer"], images: ["image that only carried files", "images that only carried files"],
    containers: ["container", "containers"], files: ["file over the host", "files over the host"],
  };
  const form = document.querySelector(".filters");
  const list = document.querySelector(".rows");
  const told = document.querySelector(".shown");
  const pages = document.querySelector(".pages");
  const [previous, next] = pages.querySelectorAll("button");
  const fields = Object.fromEntries(["status", "reason", "folder", "text", "order"].map((id) => [id, document.getElementById(id)]));
  let shown = [];
  let page = 0;

  /* Elements are made here and hold text; no markup is ever read from the data. */
  const make = (name, text, kind) => {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    if (kind) element.className = kind;
    return element;
  };
  const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
  const tone = (status) => (RANKS.includes(status) ? tones[status] : "other");
  const rank = (status) => (RANKS.includes(status) ? RANKS.indexOf(status) : RANKS.length);

  const offer = (select, counts, label) => {
    for (const [value, count] of counts) {
      const option = make("option", `${label(value)} (${count})`);
      option.value = value;
      select.append(option);
    }
  };
  const count = (values) => {
    const counts = new Map();
    for (const value of values) counts.set(value, (counts.get(value) || 0) + 1);
    return counts;
  };
  const above = (folder) => folder.split("/").map((_, at, parts) => parts.slice(0, at + 1).join("/")).filter(Boolean);
  const offers = () => {
    const statuses = count(rows.map((row) => row.status));
    offer(fields.status, [...statuses].sort((one, other) => rank(one[0]) - rank(other[0])), (name) => name);
    for (const [severity, title] of [["error", "stands in the way"], ["warning", "to look at"]]) {
      const codes = count(rows.flatMap((row) => [...new Set((row.findings || []).filter((one) => one.severity === severity).map((one) => one.code))]));
      const names = new Map([...document.querySelectorAll(".pick[data-pick=reason]")].map((one) => [one.dataset.value, one.parentElement.textContent.trim()]));
      if (!codes.size) continue;
      const group = make("optgroup");
      group.label = title;
      offer(group, [...codes].sort((one, other) => other[1] - one[1] || (one[0] < other[0] ? -1 : 1)), (code) => names.get(code) || code);
      fields.reason.append(group);
    }
    const inside = count(rows.flatMap((row) => above(folders[row.folder])));
    offer(fields.folder, [...inside].sort((one, other) => (one[0] < other[0] ? -1 : 1)), (name) => name);
  };

  const matches = () => {
    const [status, reason, folder] = [fields.status.value, fields.reason.value, fields.folder.value];
    const words = fields.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const within = folders.map((name) => !folder || name === folder || name.startsWith(`${folder}/`));
    return rows.filter((row) => {
      if ((status && row.status !== status) || !within[row.folder]) return false;
      const findings = row.findings || [];
      if (reason && !findings.some((one) => one.code === reason)) return false;
      if (!words.length) return true;
      const text = [row.path, row.script, row.reason, ...findings.map((one) => `${one.code} ${one.message}`)].join(" ").toLowerCase();
      return words.every((word) => text.includes(word));
    });
  };
  const order = (found) => {
    const byPath = (one, other) => (one.path < other.path ? -1 : Number(one.path > other.path));
    const byLeft = (one, other) => rank(one.status) - rank(other.status) || (one.left || 0) - (other.left || 0) || byPath(one, other);
    return found.sort(fields.order.value === "path" ? byPath : byLeft);
  };

  const first = (row) => {
    const found = (row.findings || []).find((one) => one.severity === "error") || (row.findings || [])[0];
    return found ? `${found.code}: ${found.message}` : row.reason || "";
  };
  const item = (row) => {
    const entry = make("li");
    const details = make("details", undefined, `row ${tone(row.status)}`);
    const line = make("summary");
    const verdict = row.verdict ? `, ${row.verdict.verdict || "verified"}` : "";
    line.append(
      make("span", `${row.status}${verdict}`, "word"), make("span", row.path, "name"),
      make("span", first(row), "first"), make("span", row.left ? `${row.left} left` : "", "left"),
    );
    details.append(line);
    details.addEventListener("toggle", () => {
      if (details.open && details.children.length === 1) details.append(body(row));
    });
    entry.append(details);
    return entry;
  };

  const body = (row) => {
    const box = make("div", undefined, "body");
    box.append(facts(row));
    const findings = row.findings || [];
    box.append(...found("What stands in the way", findings.filter((one) => one.severity === "error")));
    box.append(...found(tone(row.status) === "converted" ? "To do by hand" : "To look at", findings.filter((one) => one.severity !== "error")));
    if (row.patch) box.append(...diff(row));
    return box;
  };
  const facts = (row) => {
    const terms = make("dl", undefined, "facts");
    const fact = (name, text) => {
      if (text) terms.append(make("dt", name), make("dd", text));
    };
    fact("where", root + row.path);
    fact("script", row.script);
    fact("why", row.findings ? "" : row.reason);
    if (row.verdict) {
      for (const [name, text] of Object.entries(row.verdict)) fact(name, text);
    } else if (row.status === "converted") {
      fact("verdict", "not verified; migrator verify builds both ways and compares");
    }
    if (row.commands) fact("instead", `${plural(row.calls || 0, "call")} of the engine become ${plural(row.commands, "build command")}`);
    fact("no longer", Object.entries(row.saving || {}).map(([name, number]) => `${number} ${(THINGS[name] || [name, name])[number === 1 ? 0 : 1]}`).join(", "));
    fact("uses", Object.entries(row.constructs || {}).map(([name, number]) => (number > 1 ? `${name} (${number})` : name)).join(", "));
    return terms;
  };
  const found = (title, findings) => {
    if (!findings.length) return [];
    const all = make("ul", undefined, "found");
    for (const one of findings) {
      const entry = make("li", undefined, one.severity);
      if (one.place) entry.append(make("span", one.place, "place"), " ");
      entry.append(make("strong", one.code), ` ${one.message}`);
      if (one.advice) entry.append(make("span", one.advice, "advice"));
      all.append(entry);
    }
    return [make("h3", title), all];
  };
  const KINDS = [["+++ ", "head"], ["--- ", "head"], ["diff ", "head"], ["new file ", "head"], ["deleted file ", "head"], ["@@", "hunk"], ["+", "added"], ["-", "removed"]];
  const diff = (row) => {
    const box = make("pre", undefined, "diff");
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", `The change in ${row.path}`);
    const code = make("code");
    /* Inside a hunk a line is told by its sign alone: what it holds may look like a head. */
    let inside = false;
    for (const line of row.patch) {
      if (line.startsWith("diff --git ")) inside = false;
      if (line.startsWith("@@")) inside = true;
      const kind = (inside ? KINDS.slice(5) : KINDS).find(([sign]) => line.startsWith(sign));
      code.append(make("span", line, kind ? kind[1] : ""));
    }
    box.append(code);
    return [make("h3", "The change"), box];
  };

  const draw = () => {
    const from = page * PAGE;
    const part = shown.slice(from, from + PAGE);
    list.replaceChildren(...part.map(item));
    list.start = from + 1;
    const range = shown.length > PAGE ? `${from + 1} to ${from + part.length} of ` : "";
    told.textContent = shown.length === rows.length ? `${range}${plural(rows.length, "source")}` : `${range}${plural(shown.length, "source")}, out of ${rows.length}`;
    pages.hidden = shown.length <= PAGE;
    previous.disabled = page === 0;
    next.disabled = from + PAGE >= shown.length;
  };
  const refresh = () => {
    page = 0;
    shown = order(matches());
    draw();
    keep();
  };

  /* What is chosen stands in the address, so that it can be kept and sent on. */
  const keep = () => {
    const words = new URLSearchParams();
    for (const [name, field] of Object.entries(fields)) {
      if (field.value && !(name === "order" && field.value === "left")) words.set(name, field.value);
    }
    history.replaceState(null, "", words.size ? `#?${words}` : "#");
  };
  const recall = () => {
    const words = new URLSearchParams(location.hash.startsWith("#?") ? location.hash.slice(2) : "");
    for (const [name, field] of Object.entries(fields)) {
      const value = words.get(name) || (name === "order" ? "left" : "");
      if (field === fields.text || [...field.options].some((option) => option.value === value)) field.value = value;
    }
  };

  const turn = (by) => {
    page += by;
    draw();
    document.getElementById("sources").scrollIntoView();
    const line = list.querySelector("summary");
    if (line) line.focus({ preventScroll: true });
  };
  previous.addEventListener("click", () => turn(-1));
  next.addEventListener("click", () => turn(1));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(refresh));
  form.addEventListener("input", refresh);
  document.addEventListener("click", (event) => {
    const pick = event.target.closest(".pick");
    if (!pick) return;
    form.reset();
    fields[pick.dataset.pick].value = pick.dataset.value;
    refresh();
    document.getElementById("sources").scrollIntoView();
    fields[pick.dataset.pick].focus({ preventScroll: true });
  });
  addEventListener("hashchange", () => {
    if (!location.hash.startsWith("#?")) return;
    recall();
    refresh();
  });
  /* Up and down move between the sources; the rest is what a browser does with a summary anyway. */
  list.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.tagName !== "SUMMARY") return;
    const lines = [...list.querySelectorAll("summary")];
    const at = lines.indexOf(event.target);
    const jumps = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: lines.length - 1 };
    if (!(event.key in jumps)) return;
    event.preventDefault();
    (lines[jumps[event.key]] || lines[at]).focus();
  });

  offers();
  recall();
  form.hidden = false;
  refresh();
})();
