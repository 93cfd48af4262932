import { card, make, says } from "./card.js";

export default {
  render({ model, el }) {
    card(el);
    const body = make("div", {});
    const show = () => {
      body.innerHTML = model.get("html");
    };
    el.append(body, says(model, "words"));
    body.addEventListener("click", (event) => {
      const pick = event.target.closest("[data-pick]");
      if (pick) model.send({ do: "pick", key: pick.dataset.pick });
    });
    model.on("change:html", show);
    show();
  },
};
