const SHARE = 3; // frames answered together
const LATE_MS = 60; // no answer waits longer for company
const OBEYED_MS = 150; // how long the picture that obeys a knob may take
const HOLD_MS = 5000; // the longest hold of a knob
const NEAR = 0.02; // how far an arrow key moves the cross, as a share of the picture
const FAR = 0.1; // and with Shift
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// What a hand does: a press of the pointer, or a cross that the arrow keys move and Enter or Space presses.
function addHand(model, canvas, cross) {
  const at = [0.5, 0.5];
  const show = () => {
    const does = model.get("hand");
    canvas.classList.toggle("metakit-touchable", Boolean(does));
    cross.style.left = `${100 * at[0]}%`;
    cross.style.top = `${100 * at[1]}%`;
    if (does) {
      const [x, y] = at.map((share) => Math.round(100 * share));
      const where = `The cross is ${x}% from the left and ${y}% from the top.`;
      canvas.tabIndex = 0;
      canvas.setAttribute("role", "application");
      canvas.setAttribute("aria-label", `${does}: arrow keys move the cross, Enter presses. ${where}`);
    } else {
      for (const name of ["tabindex", "role", "aria-label"]) canvas.removeAttribute(name);
    }
  };
  const press = () => model.send({ x: at[0], y: at[1] });
  canvas.addEventListener("pointerdown", ({ button, isPrimary, clientX, clientY }) => {
    if (!model.get("hand") || button || !isPrimary) return;
    const { left, top, width, height } = canvas.getBoundingClientRect();
    at.splice(0, 2, (clientX - left) / width, (clientY - top) / height);
    show();
    press();
  });
  canvas.addEventListener("keydown", (event) => {
    if (!model.get("hand")) return;
    const way = ARROWS[event.key];
    if (!way && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    if (!way) return press();
    way.forEach((sign, i) => {
      at[i] = Math.min(1, Math.max(0, at[i] + sign * (event.shiftKey ? FAR : NEAR)));
    });
    show();
  });
  model.on("change:hand", show);
  show();
  return () => model.off("change:hand", show);
}

export default {
  render({ model, el }) {
    el.classList.add("metakit-picture");
    const canvas = document.createElement("canvas");
    // What happens now: a ring where it does, and words. The sentence below says the same to who cannot see it.
    const ring = document.createElement("span");
    const words = document.createElement("span");
    ring.className = "metakit-ring";
    words.className = "metakit-event";
    const cross = document.createElement("span");
    cross.className = "metakit-cross";
    for (const part of [ring, words, cross]) part.setAttribute("aria-hidden", "true");
    el.append(canvas, ring, words, cross);
    const dropHand = addHand(model, canvas, cross);
    const mark = () => {
      const [said, x, y] = model.get("mark");
      words.hidden = !said;
      words.textContent = said ?? "";
      ring.hidden = x === undefined;
      if (ring.hidden) return;
      ring.style.left = `${100 * x}%`;
      ring.style.top = `${100 * y}%`;
    };
    const ink = canvas.getContext("2d", { alpha: false });
    let drawn = 0;
    let painted = 0;
    let late = 0;
    let longest = 0;
    let closed = false;
    let held = false;
    // Every answer costs JupyterLab five messages and a turn of its busy light, so a few frames share one.
    const answer = () => {
      clearTimeout(late);
      late = 0;
      if (closed || held || painted <= model.get("ack")) return;
      model.set("ack", painted);
      model.save_changes();
    };
    const paint = async () => {
      const seq = model.get("seq");
      const image = await createImageBitmap(new Blob([model.get("png")], { type: "image/png" }));
      // Else a later one was decoded sooner.
      if (seq >= drawn) {
        if (canvas.width !== image.width || canvas.height !== image.height) {
          canvas.width = image.width;
          canvas.height = image.height;
        }
        ink.drawImage(image, 0, 0);
        canvas.dataset.seq = drawn = seq;
      }
      image.close();
      // The browser's next frame shows it.
      requestAnimationFrame(() => {
        painted = drawn;
        if (painted - model.get("ack") >= SHARE) answer();
        else late ||= setTimeout(answer, LATE_MS);
      });
    };
    // While a knob on the page is held nothing is answered, so the run stands still, and kernel and browser are free
    // when it is let go: its answer is then on the screen in half the time. No hold outlasts a hand, whatever becomes
    // of the event that should end it.
    const hold = ({ target, button, isPrimary }) => {
      if (button || !isPrimary || !target.closest?.(".metakit-panel, .metakit-drawer")) return;
      held = true;
      clearTimeout(longest);
      longest = setTimeout(() => release({}), HOLD_MS);
    };
    const release = ({ type, target }) => {
      if (!held || (type === "blur" && target !== window)) return; // that the last control lost the focus is no end
      held = false;
      clearTimeout(longest);
      clearTimeout(late);
      late = setTimeout(answer, OBEYED_MS); // or sooner, behind the picture that obeys
    };
    const ends = ["pointerup", "pointercancel", "keydown", "blur"];
    window.addEventListener("pointerdown", hold, true);
    for (const end of ends) window.addEventListener(end, release, true);
    model.on("change:seq", paint);
    model.on("change:mark", mark);
    mark();
    paint();
    return () => {
      closed = true;
      dropHand();
      clearTimeout(late);
      clearTimeout(longest);
      model.off("change:seq", paint);
      model.off("change:mark", mark);
      window.removeEventListener("pointerdown", hold, true);
      for (const end of ends) window.removeEventListener(end, release, true);
    };
  },
};
