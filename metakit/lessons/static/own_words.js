import { card, fresh, make, says } from "./card.js";

export default {
  render({ model, el }) {
    card(el);
    const get = (name) => model.get(name);
    const id = fresh("own-words");
    const label = make("label", { for: id, class: "metakit-title" }, get("text"));
    const area = make("textarea", { id, rows: 3, maxlength: get("longest") });
    const keep = make("button", { type: "button" }, "Keep");
    const part = (title, name) => {
      const words = make("p", {});
      const show = () => {
        words.textContent = get(name);
      };
      model.on(`change:${name}`, show);
      show();
      return make("section", { "aria-label": title }, make("strong", {}, title), words);
    };
    const three = make(
      "div",
      { class: "metakit-three" },
      part("The page says, in short", "page"),
      part("You say", "sentence"),
      part("The evidence says", "evidence"),
    );
    el.append(label, area, make("div", { class: "metakit-row" }, keep), three, says(model, "words"));
    keep.addEventListener("click", () => model.send({ do: "keep", text: area.value }));
    const show = () => {
      area.value = get("sentence");
      three.hidden = !get("sentence");
    };
    model.on("change:sentence", show);
    show();
  },
};
