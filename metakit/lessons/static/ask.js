import { card, fresh, make, says } from "./card.js";

// Each student has an order of their own, the same tomorrow; else whoever sits beside has the same letter.
function student() {
  try {
    const kept = localStorage.getItem("metakit-order") ?? String(Math.random());
    localStorage.setItem("metakit-order", kept);
    return kept;
  } catch {
    return ""; // storage is blocked: everyone has the order of the file's text
  }
}

function rank(text) {
  let hash = 2166136261; // FNV-1a
  for (const letter of text) hash = Math.imul(hash ^ letter.codePointAt(0), 16777619);
  return hash >>> 0;
}

export default {
  render({ model, el }) {
    card(el);
    const group = fresh("question");
    const own = student();
    const place = ([, text]) => rank(own + model.get("text") + text);
    const entries = Object.entries(model.get("choices")).sort((a, b) => place(a) - place(b));
    const choices = entries.map(([key, text]) => {
      const input = make("input", { type: "radio", name: group, value: key });
      input.addEventListener("change", () => {
        check.disabled = false;
      });
      return make("label", { class: "metakit-choice" }, input, make("span", {}, text));
    });
    const check = make("button", { type: "button", disabled: true }, "Check");
    const field = make("fieldset", {}, make("legend", {}, model.get("text")), ...choices);
    const verdict = says(model, "words");
    el.append(field, make("div", { class: "metakit-row" }, check), verdict);
    check.addEventListener("click", () => {
      const chosen = field.querySelector("input:checked");
      if (chosen) model.send({ do: "answer", key: chosen.value });
    });
    const show = () => {
      for (const input of field.querySelectorAll("input")) input.checked = input.value === model.get("chosen");
      check.disabled = !model.get("chosen");
      verdict.dataset.verdict = model.get("verdict");
    };
    model.on("change:chosen", show);
    model.on("change:verdict", show);
    show();
  },
};
