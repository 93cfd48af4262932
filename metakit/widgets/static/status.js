import { saysGone } from "./gone.js";
import { readNumber } from "./number.js";

const PANELS = ".metakit-panel, .metakit-drawer";

function nameControls(root, text) {
  for (const slider of root.querySelectorAll(".widget-slider, .jupyter-widget-slider")) {
    const name = slider.querySelector(".widget-label")?.textContent?.trim();
    if (!name) continue;
    const counted = slider.closest(".metakit-player") ? `${name}, frame` : name;
    for (const handle of slider.querySelectorAll("[role=slider]")) handle.setAttribute("aria-label", counted);
    for (const value of slider.querySelectorAll(".widget-readout")) {
      value.setAttribute("role", "textbox");
      value.setAttribute("aria-label", `${name}, value`);
    }
  }
  for (const speed of root.querySelectorAll(".metakit-player select")) speed.setAttribute("aria-label", "Speed");
  for (const figure of root.querySelectorAll(".bqplot")) {
    figure.setAttribute("role", "img");
    figure.setAttribute("aria-label", "Chart; the same numbers are in the table");
  }
  for (const canvas of root.querySelectorAll(".metakit-picture canvas")) {
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", text);
  }
}
// ipywidgets reads what was typed beside a slider with parseFloat, which makes 0 of 0,3: it gets a number that it can
// read, or what was there before; and words say so.
function correctsTyped(root, say) {
  const isTyped = (event) => event.target.matches?.(`:is(${PANELS}) .widget-readout[contenteditable]`);
  let before; // what stood there before somebody typed
  root.addEventListener("beforeinput", (event) => {
    if (isTyped(event)) before ??= event.target.textContent;
  });
  const correct = (event) => {
    if (!isTyped(event) || (event.type === "keydown" && event.key !== "Enter")) return;
    const field = event.target;
    const [typed, old] = [field.textContent, before];
    before = undefined;
    if (typed === (old ?? typed)) return event.stopPropagation(); // what is shown is rounded: it would become the value
    const handle = field.closest(".widget-slider, .jupyter-widget-slider").querySelector("[role=slider]");
    const [low, high] = ["aria-valuemin", "aria-valuemax"].map((end) => Number(handle.getAttribute(end)));
    const number = readNumber(typed, high);
    if (number === undefined) {
      event.stopPropagation();
      event.preventDefault();
      field.textContent = old;
      say(`“${typed}” is not a number, so ${old} stays. Type one from ${low} to ${high}, such as ${old}.`);
      return;
    }
    const kept = Math.min(high, Math.max(low, number));
    say(kept === number ? "" : `${number} is outside ${low} to ${high}, so it is ${kept} now.`);
    field.textContent = String(kept);
  };
  root.addEventListener("keydown", correct, true);
  root.addEventListener("blur", correct, true);
}
// JupyterLab takes letters and arrows pressed on a control for its own: "x" would cut the whole cell. It looks for
// this mark on the focused element only; on a parent it does nothing.
const ownKeys = (event) => event.target.setAttribute("data-lm-suppress-shortcuts", "true");
export default {
  render({ model, el }) {
    el.classList.add("metakit-status");
    const line = document.createElement("div");
    line.setAttribute("role", "status");
    line.setAttribute("aria-live", "polite");
    const trouble = document.createElement("div");
    trouble.setAttribute("role", "alert");
    trouble.className = "metakit-error";
    el.append(line, trouble, saysGone(el));
    const root = () => el.closest(".metakit") ?? el;
    const keepKeys = () => root().addEventListener("focusin", ownKeys);
    const say = (words) => {
      trouble.textContent = words;
      trouble.hidden = !words;
    };
    const fail = () => say(model.get("error"));
    let corrected;
    const correct = () => {
      if (corrected === root()) return;
      corrected = root();
      correctsTyped(corrected, say);
      corrected.addEventListener("focusin", fail); // what was said of a typed number is read by then
    };
    // Controls that were folded away are made when they are asked for: name those as well.
    const added = new MutationObserver(() => nameControls(root(), model.get("text")));
    const watch = () => {
      for (const panel of root().querySelectorAll(PANELS)) added.observe(panel, { childList: true, subtree: true });
    };
    const tell = () => {
      keepKeys();
      correct();
      watch();
      line.textContent = model.get("text");
      nameControls(root(), model.get("text"));
    };
    const copy = async () => {
      const text = model.get("copy");
      if (!text) return;
      try {
        await navigator.clipboard.writeText(text);
      } catch {
        const area = document.createElement("textarea");
        area.value = text;
        document.body.append(area);
        area.select();
        document.execCommand("copy");
        area.remove();
      }
    };
    model.on("change:text", tell);
    model.on("change:error", fail);
    model.on("change:copy", copy);
    fail();
    tell();
    // The other widgets of the view appear one by one; name them as they come.
    const timers = [100, 400, 1200, 3000].map((ms) => setTimeout(tell, ms));
    return () => {
      for (const timer of timers) clearTimeout(timer);
      added.disconnect();
      model.off("change:text", tell);
      model.off("change:error", fail);
      model.off("change:copy", copy);
    };
  },
};
