"""Cards: the frames of a lesson's own controls, their styles and scripts; ordinary HTML that screen readers know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anywidget
import traitlets

from metakit.widgets.draw.style import CSS

LESSON_CSS = (
    CSS
    + """
.metakit.metakit-card {
  max-width: 760px;
  border: 1px solid var(--metakit-line);
  border-left: 4px solid var(--metakit-focus);
  border-radius: 8px;
  padding: 14px 18px;
  margin: 4px 2px;
  font-size: 14px;
}
.metakit-card fieldset { border: 0; margin: 0; padding: 0; min-width: 0; }
.metakit-card legend, .metakit-card .metakit-title { font-weight: 600; font-size: 15px; padding: 0; margin: 0 0 8px; }
.metakit-card .metakit-row { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 12px; margin: 6px 0; }
.metakit-card input[type=range] { flex: 1 1 220px; max-width: 360px; accent-color: var(--metakit-focus); }
.metakit-card input[type=number] {
  width: 6em; padding: 4px 6px; font: inherit; color: inherit; border-radius: 5px;
  background: var(--jp-layout-color1, #fff); border: 1px solid var(--metakit-quiet);
}
.metakit-card label.metakit-choice { display: flex; gap: 9px; align-items: baseline; padding: 5px 0; cursor: pointer; }
.metakit-card label.metakit-choice input { flex: none; accent-color: var(--metakit-focus); }
.metakit-card button {
  font: inherit; padding: 6px 14px; border: 1px solid var(--metakit-quiet); cursor: pointer;
  color: var(--metakit-text); background: var(--jp-layout-color2, #eee);
}
.metakit-card button:hover:enabled { background: var(--jp-layout-color3, #ddd); }
.metakit-card button:disabled { opacity: 0.55; cursor: default; }
.metakit-card .metakit-says { margin-top: 8px; padding: 0; }
.metakit-card .metakit-says:not(:empty) {
  padding: 8px 12px; border-radius: 6px; background: var(--jp-layout-color2, #f4f4f4);
}
.metakit-card details { border-top: 1px solid var(--metakit-line); padding: 8px 0; }
.metakit-card summary { cursor: pointer; font-weight: 600; }
.metakit-card p { margin: 6px 0; }
.metakit-card ul { margin: 6px 0; padding-left: 20px; }
.metakit-card dt { font-weight: 600; margin-top: 6px; }
.metakit-card dd { margin: 0 0 0 16px; }
.metakit-card .metakit-wide { overflow-x: auto; }
.metakit-card table { border-collapse: collapse; font-size: 13px; }
.metakit-card th, .metakit-card td { text-align: left; vertical-align: top; padding: 4px 12px 4px 0; }
.metakit-card thead th { border-bottom: 1px solid var(--metakit-line); }
.metakit-card .metakit-way { color: var(--metakit-quiet); }
.metakit-card .metakit-bars { width: 100%; font-size: 14px; }
.metakit-card .metakit-bars th { font-weight: 500; white-space: nowrap; }
.metakit-card .metakit-bars td { white-space: nowrap; }
.metakit-card .metakit-bar { width: 45%; }
.metakit-card .metakit-bar span { display: block; height: 15px; min-width: 0; border-radius: 3px; background: #0072B2; }
.metakit-card svg { display: block; width: 100%; height: auto; }
.metakit-card svg text { fill: var(--metakit-text); font-family: inherit; }
"""
)

# What the scripts of all cards begin with.
TOOLS = """
function make(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(key, ""); else if (value !== false) node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}
function card(el) {
  el.classList.add("metakit", "metakit-card");
  // Without this, JupyterLab takes arrow keys and letters pressed in a card for its own shortcuts. It looks for the
  // mark on the focused element only; on a parent it does nothing.
  el.addEventListener("focusin", (event) => event.target.setAttribute("data-lm-suppress-shortcuts", "true"));
}
function says(model, name) {
  const line = make("div", { role: "status", "aria-live": "polite", class: "metakit-says" });
  const tell = () => { line.textContent = model.get(name); };
  model.on("change:" + name, tell);
  tell();
  return line;
}
let counter = 0;
"""

PAGE_ESM = (
    TOOLS
    + """
export default {
  render({ model, el }) {
    card(el);
    const body = make("div", {});
    const show = () => { body.innerHTML = model.get("html"); };
    el.append(body, says(model, "words"));
    body.addEventListener("click", (event) => {
      const pick = event.target.closest("[data-pick]");
      if (pick) model.send({ do: "pick", key: pick.dataset.pick });
    });
    model.on("change:html", show);
    show();
  },
};
"""
)


class Card(anywidget.AnyWidget):
    """A frame with controls and a polite live region.

    Attributes
    ----------
    words : str
        What the live region says.
    """

    _css = LESSON_CSS
    words = traitlets.Unicode("").tag(sync=True)

    def __init__(self, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.on_msg(self._on_message)

    def close(self) -> None:
        """Release the widget and its layout. Twice is safe."""
        self.layout.close()
        super().close()

    def _actions(self) -> dict[str, Callable[[dict[str, Any]], object]]:
        """Methods that the page may call, by name."""
        return {}

    def _on_message(self, widget: object, content: Any, buffers: object) -> None:
        action = self._actions().get(content.get("do", "")) if isinstance(content, dict) else None
        if action is None:
            return
        try:
            action(content)
        except ValueError as error:  # it would be lost in the kernel's log; its words are meant to be read
            self.words = str(error)


class Page(Card):
    """A piece of text with headings that open."""

    _esm = PAGE_ESM
    html = traitlets.Unicode("").tag(sync=True)
