import { card, fresh, make, says } from "./card.js";

export default {
  render({ model, el }) {
    card(el);
    const group = fresh("question");
    const choices = Object.entries(model.get("choices")).map(([key, text]) => {
      const input = make("input", { type: "radio", name: group, value: key });
      input.addEventListener("change", () => {
        check.disabled = false;
      });
      return make("label", { class: "metakit-choice" }, input, make("span", {}, text));
    });
    const check = make("button", { type: "button", disabled: true }, "Check");
    const field = make("fieldset", {}, make("legend", {}, model.get("text")), ...choices);
    el.append(field, make("div", { class: "metakit-row" }, check), says(model, "words"));
    check.addEventListener("click", () => {
      const chosen = field.querySelector("input:checked");
      if (chosen) model.send({ do: "answer", key: chosen.value });
    });
    const show = () => {
      for (const input of field.querySelectorAll("input")) input.checked = input.value === model.get("chosen");
      check.disabled = !model.get("chosen");
    };
    model.on("change:chosen", show);
    show();
  },
};
