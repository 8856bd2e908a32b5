// What the page does beyond links and forms. Without it everything works, a step slower.
"use strict";

// --- dark or light: the system's choice unless one was made here
const button = document.getElementById("theme");
const system = matchMedia("(prefers-color-scheme: dark)");
const read = () => { try { return localStorage.getItem("guard-theme"); } catch { return null; } };
function show() {
  const kept = read();
  const dark = kept ? kept === "dark" : system.matches;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  if (button) button.setAttribute("aria-pressed", String(dark));
}
if (button) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    try { localStorage.setItem("guard-theme", next); } catch { /* it holds until the next page */ }
    document.documentElement.dataset.theme = next;
    button.setAttribute("aria-pressed", String(next === "dark"));
  });
}
system.addEventListener("change", show);
show();

// --- a search that is narrowed puts its rows in the place of those before
for (const form of document.querySelectorAll("form[data-swap]")) {
  const place = document.getElementById(form.dataset.swap);
  let running = null;
  const address = () => {
    const query = new URLSearchParams(new FormData(form));
    for (const [name, value] of [...query]) if (!value) query.delete(name);
    return `${form.getAttribute("action")}?${query}`;
  };
  const load = async (url) => {
    running?.abort();
    running = new AbortController();
    place.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(url, { headers: { "X-Swap": form.dataset.swap }, signal: running.signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const made = page.getElementById("content");
      if (!answer.ok || !made) { location.href = url; return; }
      place.replaceChildren(...made.childNodes);
      history.replaceState(null, "", url);
    } catch (error) {
      if (error.name !== "AbortError") location.href = url;
    } finally {
      place.removeAttribute("aria-busy");
    }
  };
  form.addEventListener("change", () => load(address()));
  form.addEventListener("submit", (event) => { event.preventDefault(); load(address()); });
  place.addEventListener("click", (event) => {
    const link = event.target.closest(".pages a");
    if (!link) return;
    event.preventDefault();
    load(link.href).then(() => place.scrollIntoView({ block: "start" }));
  });
}

// On a narrow screen the rows are what one came for.
const narrow = matchMedia("(max-width: 52rem)");
const fold = () => { for (const filters of document.querySelectorAll(".filters")) filters.open = !narrow.matches; };
narrow.addEventListener("change", fold);
fold();

// --- the graph: larger, smaller, dragged; what a node is tied to stands out
for (const canvas of document.querySelectorAll(".canvas")) {
  const graph = canvas.querySelector("svg");
  const [, , width, height] = graph.getAttribute("viewBox").split(" ").map(Number);
  let scale = 1;
  const resize = (next) => {
    scale = Math.min(3, Math.max(0.15, next));
    graph.setAttribute("width", width * scale);
    graph.setAttribute("height", height * scale);
  };
  const fit = () => resize(Math.min(1, (canvas.clientWidth - 2) / width));
  const tools = canvas.parentElement.querySelector(".tools");
  tools.hidden = false;
  tools.addEventListener("click", (event) => {
    const way = event.target.closest("button")?.dataset.zoom;
    if (way === "in") resize(scale * 1.25);
    if (way === "out") resize(scale / 1.25);
    if (way === "fit") fit();
  });
  fit();
  const start = graph.querySelector(".start");
  if (start) {
    const box = start.getBoundingClientRect(), frame = canvas.getBoundingClientRect();
    canvas.scrollLeft += box.left + box.width / 2 - frame.left - frame.width / 2;
    canvas.scrollTop += box.top + box.height / 2 - frame.top - frame.height / 2;
  }
  let grip = null;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" && event.button === 0 && !event.target.closest("a"))
      grip = { x: event.clientX + canvas.scrollLeft, y: event.clientY + canvas.scrollTop };
  });
  addEventListener("pointermove", (event) => {
    if (!grip) return;
    canvas.scrollLeft = grip.x - event.clientX;
    canvas.scrollTop = grip.y - event.clientY;
  });
  addEventListener("pointerup", () => { grip = null; });
  const mark = (event) => {
    const node = event.target.closest("[data-node]");
    const leaves = event.type === "pointerout" || event.type === "focusout";
    graph.classList.toggle("chosen", Boolean(node) && !leaves);
    const near = new Set(node ? [node.dataset.node] : []);
    for (const edge of graph.querySelectorAll(".edge")) {
      const tied = node && (edge.dataset.from === node.dataset.node || edge.dataset.to === node.dataset.node);
      edge.classList.toggle("tied", Boolean(tied) && !leaves);
      if (tied) near.add(edge.dataset.from).add(edge.dataset.to);
    }
    for (const each of graph.querySelectorAll("[data-node]"))
      each.classList.toggle("tied", near.has(each.dataset.node) && !leaves);
  };
  for (const kind of ["pointerover", "pointerout", "focusin", "focusout"]) graph.addEventListener(kind, mark);
}
