import { saysGone } from "../../widgets/static/gone.js";

// What the scripts of all cards share.

/** Make an element; `true` sets an attribute without a value, `false` leaves it out. */
export function make(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(key, "");
    else if (value !== false) node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

/** Dress the element of a widget as a card. */
export function card(el) {
  el.classList.add("metakit", "metakit-card");
  el.append(saysGone(el));
  // Without this, JupyterLab takes arrow keys and letters pressed in a card for its own shortcuts. It looks for the
  // mark on the focused element only; on a parent it does nothing.
  el.addEventListener("focusin", (event) => event.target.setAttribute("data-lm-suppress-shortcuts", "true"));
}

/** A polite live region that says what a trait of the model holds. */
export function says(model, name) {
  const line = make("div", { role: "status", "aria-live": "polite", class: "metakit-says" });
  const tell = () => {
    line.textContent = model.get(name);
  };
  model.on(`change:${name}`, tell);
  tell();
  return line;
}

let counter = 0;

/** An id of its own on the page, for names that several cards would share. */
export function fresh(name) {
  counter += 1;
  return `metakit-${name}-${counter}-${Math.random()}`;
}
