import { readNumber } from "../../widgets/static/number.js";
import { card, make, says } from "./card.js";

export default {
  render({ model, el }) {
    card(el);
    const get = (name) => model.get(name);
    const scale = { min: get("low"), max: get("high"), step: get("step") };
    const range = make("input", { type: "range", ...scale, "aria-label": get("text") });
    const named = ["Your prediction", get("unit")].filter(Boolean).join(", ");
    const number = make("input", { type: "text", inputmode: "decimal", size: 8, "aria-label": named });
    const never = make("input", { type: "checkbox" });
    const lock = make("button", { type: "button" }, "Lock my prediction");
    const compare = make("button", { type: "button" }, "Compare with the run");
    const row = make("div", { class: "metakit-row" }, range, number, get("unit"));
    const parts = [make("legend", {}, get("text")), row];
    if (get("never")) parts.push(make("label", { class: "metakit-choice" }, never, get("never")));
    const buttons = make("div", { class: "metakit-row" }, lock);
    buttons.append(compare);
    el.append(make("fieldset", {}, ...parts), buttons, says(model, "words"));
    const show = () => {
      const locked = get("locked");
      range.value = number.value = get("guess");
      never.checked = get("says_never");
      for (const control of [range, number]) control.disabled = locked || never.checked;
      never.disabled = lock.disabled = locked;
      compare.disabled = !locked;
      compare.hidden = !get("comparable");
      lock.textContent = locked ? "Locked" : "Lock my prediction";
    };
    const write = (value) => {
      const read = readNumber(value, scale.max);
      if (read === undefined) {
        const ends = `a number from ${scale.min} to ${scale.max}`;
        model.set("words", `“${value}” is not a number, so ${get("guess")} stays. Type ${ends}.`);
      } else model.set("guess", Math.min(scale.max, Math.max(scale.min, read)));
      model.save_changes();
      show();
    };
    range.addEventListener("input", () => write(range.value));
    number.addEventListener("change", () => write(number.value));
    never.addEventListener("change", () => {
      model.set("says_never", never.checked);
      model.save_changes();
    });
    lock.addEventListener("click", () => model.send({ do: "lock" }));
    compare.addEventListener("click", () => model.send({ do: "compare" }));
    for (const name of ["guess", "says_never", "locked", "comparable"]) model.on(`change:${name}`, show);
    show();
  },
};
