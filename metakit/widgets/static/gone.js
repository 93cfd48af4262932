const GONE =
  "The kernel that made this is gone, so nothing here answers. Run the cells again: Run > Run All Cells (in an app, reload the page).";

/** A line that says, as soon as Jupyter marks an element as cut off from its kernel, that it is. */
export function saysGone(el) {
  const line = document.createElement("div");
  line.setAttribute("role", "status");
  line.className = "metakit-error metakit-gone";
  const tell = () => {
    line.hidden = !el.classList.contains("jupyter-widgets-disconnected");
    line.textContent = line.hidden ? "" : GONE;
  };
  new MutationObserver(tell).observe(el, { attributeFilter: ["class"] });
  tell();
  return line;
}
