import { saysGone } from "./gone.js";

function nameControls(root, text) {
  for (const slider of root.querySelectorAll(".widget-slider, .jupyter-widget-slider")) {
    const name = slider.querySelector(".widget-label")?.textContent?.trim();
    if (!name) continue;
    for (const handle of slider.querySelectorAll("[role=slider]")) handle.setAttribute("aria-label", name);
    for (const value of slider.querySelectorAll(".widget-readout")) {
      value.setAttribute("role", "textbox");
      value.setAttribute("aria-label", `${name}, value`);
    }
  }
  for (const figure of root.querySelectorAll(".bqplot")) {
    figure.setAttribute("role", "img");
    figure.setAttribute("aria-label", "Chart; the same numbers are in the table");
  }
  for (const canvas of root.querySelectorAll(".metakit-picture canvas")) {
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", text);
  }
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
    // Controls that were folded away are made when they are asked for: name those as well.
    const added = new MutationObserver(() => nameControls(root(), model.get("text")));
    const watch = () => {
      const panel = root().querySelector(".metakit-panel");
      if (panel) added.observe(panel, { childList: true, subtree: true });
    };
    const tell = () => {
      keepKeys();
      watch();
      line.textContent = model.get("text");
      trouble.textContent = model.get("error");
      trouble.hidden = !model.get("error");
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
    model.on("change:error", tell);
    model.on("change:copy", copy);
    tell();
    // The other widgets of the view appear one by one; name them as they come.
    const timers = [100, 400, 1200, 3000].map((ms) => setTimeout(tell, ms));
    return () => {
      for (const timer of timers) clearTimeout(timer);
      added.disconnect();
      model.off("change:text", tell);
      model.off("change:error", tell);
      model.off("change:copy", copy);
    };
  },
};
