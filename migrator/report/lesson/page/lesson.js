"use strict";
(() => {
  const root = document.documentElement;
  const sides = document.querySelector(".sides");
  const canvas = sides.querySelector(".ties");
  const about = document.querySelector(".about");
  const stay = document.querySelector(".stay");
  const idle = about.querySelector(".idle");
  const lines = new Map([...sides.querySelectorAll(".line")].map((line) => [line.id, line]));
  const ties = (line) => line.dataset.ties.split(" ").filter(Boolean).map((id) => lines.get(id));
  const isNew = (line) => line.id.startsWith("z");
  let pinned = [];

  root.classList.add("js");
  about.hidden = false;

  /* Every file is one stop of the Tab key; the arrow keys move inside of it. */
  for (const list of sides.querySelectorAll("ol.code")) {
    const own = [...list.querySelectorAll(".line")];
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", list.dataset.label);
    own.forEach((line, index) => {
      line.setAttribute("role", "option");
      line.setAttribute("aria-selected", "false");
      line.setAttribute("aria-describedby", `${line.id}-note`);
      line.tabIndex = index ? -1 : 0;
    });
    list.addEventListener("keydown", (event) => {
      const at = own.indexOf(event.target);
      if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
      const jumps = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: own.length - 1 };
      if (event.key in jumps) {
        event.preventDefault();
        (own[jumps[event.key]] || own[at]).focus();
      } else if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        go(ties(own[at])[0]);
      } else if (event.key === "Escape") {
        choose([]);
      }
    });
  }

  const go = (line) => {
    if (!line) return;
    line.focus({ preventScroll: true });
    line.scrollIntoView({ block: "nearest" });
  };

  const light = (chosen) => {
    const tied = new Set(chosen.flatMap(ties));
    for (const line of lines.values()) {
      line.classList.toggle("on", chosen.includes(line));
      line.classList.toggle("tied", tied.has(line) && !chosen.includes(line));
      line.setAttribute("aria-selected", String(chosen.includes(line)));
    }
    tell(chosen);
    draw(chosen);
  };

  const choose = (chosen) => {
    pinned = chosen;
    light(chosen);
  };

  const tell = (chosen) => {
    if (chosen.length !== 1) {
      about.replaceChildren(idle);
      return;
    }
    const [line] = chosen;
    const where = document.createElement("p");
    where.className = "where";
    for (const text of [line.dataset.place.replaceAll("`", ""), line.dataset.sign]) {
      where.append(Object.assign(document.createElement("span"), { textContent: text }));
    }
    const note = line.querySelector(".note").cloneNode(true);
    note.removeAttribute("id");
    about.replaceChildren(where, note);
    const others = ties(line);
    if (others.length) {
      const links = document.createElement("p");
      links.className = "go";
      links.append(Object.assign(document.createElement("span"), { textContent: about.dataset.tied }));
      for (const other of others) {
        const link = Object.assign(document.createElement("a"), { href: `#${other.id}`, textContent: other.dataset.place });
        link.addEventListener("click", (event) => {
          event.preventDefault();
          go(other);
        });
        links.append(link);
      }
      about.append(links);
    }
  };

  /* A tie is a curve through the gap between the sides, or along the margin where one stands above the other. */
  const draw = (chosen) => {
    const frame = sides.getBoundingClientRect();
    const wide = sides.querySelector(".after").offsetTop < sides.querySelector(".before").offsetTop + 8;
    const middle = (box) => box.top - frame.top + Math.min(box.height / 2, 12);
    const path = (left, right, on) => {
      const one = left.getBoundingClientRect();
      const other = right.getBoundingClientRect();
      const [y1, y2] = [middle(one), middle(other)];
      const x1 = one.right - frame.left;
      const x2 = wide ? other.left - frame.left : other.right - frame.left;
      const half = (x1 + x2) / 2;
      const bend = Math.max(x1, x2) + 16;
      const curve = document.createElementNS("http://www.w3.org/2000/svg", "path");
      curve.setAttribute("d", wide ? `M ${x1} ${y1} C ${half} ${y1} ${half} ${y2} ${x2} ${y2}` : `M ${x1} ${y1} C ${bend} ${y1} ${bend} ${y1} ${bend} ${y1 + 12} L ${bend} ${y2 - 12} C ${bend} ${y2} ${bend} ${y2} ${x2} ${y2}`);
      curve.dataset.from = left.id;
      curve.dataset.to = right.id;
      if (on) curve.classList.add("on");
      return curve;
    };
    const curves = [];
    for (const line of lines.values()) {
      if (isNew(line)) continue;
      for (const other of ties(line)) {
        const on = chosen.includes(line) || chosen.includes(other);
        if (wide || on) curves.push(path(line, other, on));
      }
    }
    curves.sort((one, other) => one.classList.contains("on") - other.classList.contains("on"));
    canvas.replaceChildren(...curves);
  };

  sides.addEventListener("focusin", (event) => {
    const line = event.target.closest(".line");
    if (!line) return;
    for (const other of line.parentElement.children) other.tabIndex = other === line ? 0 : -1;
    choose([line]);
  });
  sides.addEventListener("click", (event) => {
    const line = event.target.closest(".line");
    if (line && String(getSelection()) === "") line.focus({ preventScroll: true });
  });
  sides.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const line = event.target.closest(".line");
    if (line) light([line]);
  });
  sides.addEventListener("pointerleave", () => light(pinned));
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".line, .about, .show")) choose([]);
  });

  let asked = 0;
  const again = () => {
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(() => {
      stay.classList.toggle("fits", stay.offsetHeight + 24 < innerHeight);
      draw([...lines.values()].filter((line) => line.classList.contains("on")));
    });
  };
  addEventListener("resize", again);
  addEventListener("scroll", again, { passive: true });
  new ResizeObserver(again).observe(sides);

  /* One step at a time. */
  const steps = [...document.querySelectorAll(".step")];
  const walker = document.querySelector(".walker");
  const [previous, next] = walker.querySelectorAll("button");
  let now = 0;
  const step = (to) => {
    now = Math.max(0, Math.min(steps.length - 1, to));
    steps.forEach((one, index) => { one.hidden = index !== now; });
    previous.disabled = now === 0;
    next.disabled = now === steps.length - 1;
  };
  previous.addEventListener("click", () => step(now - 1));
  next.addEventListener("click", () => step(now + 1));
  steps.forEach((one) => {
    const show = one.querySelector(".show");
    if (!show) return;
    show.hidden = false;
    show.querySelector("button").addEventListener("click", () => {
      choose(one.dataset.lines.split(" ").map((id) => lines.get(id)));
      document.querySelector("#lines").scrollIntoView();
    });
  });
  walker.hidden = false;
  const asked_for = steps.findIndex((one) => `#${one.id}` === location.hash);
  step(asked_for);
  again();
})();
