const SHARE = 3; // frames answered together
const LATE_MS = 60; // no answer waits longer for company
const OBEYED_MS = 150; // how long the picture that obeys a knob may take
const HOLD_MS = 5000; // the longest hold of a knob

export default {
  render({ model, el }) {
    el.classList.add("metakit-picture");
    const canvas = document.createElement("canvas");
    // What happens now: a ring where it does, and words. The sentence below says the same to who cannot see it.
    const ring = document.createElement("span");
    const words = document.createElement("span");
    ring.className = "metakit-ring";
    words.className = "metakit-event";
    for (const part of [ring, words]) part.setAttribute("aria-hidden", "true");
    el.append(canvas, ring, words);
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
      clearTimeout(late);
      clearTimeout(longest);
      model.off("change:seq", paint);
      model.off("change:mark", mark);
      window.removeEventListener("pointerdown", hold, true);
      for (const end of ends) window.removeEventListener(end, release, true);
    };
  },
};
