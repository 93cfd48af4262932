// What JupyterLab and Notebook load of metakit. A page that is opened again has no widgets any more: where it would
// say "model not found", show the picture and the words that were kept beside the widget; and mark what is on the
// page as cut off when its kernel ends. Written as webpack would pack it, so that nothing has to be built.
(() => {
  const LOST = "Error displaying widget: model not found";
  const KEPT = '<div class="metakit-kept">';
  const AGAIN =
    "This page was opened again: below is what was kept of it. To play, run the cells again: Run > Run All Cells.";
  const ENDED = ["dead", "terminated", "restarting", "autorestarting"];
  const EVERY_MS = 200;

  /** HTML kept in the output that an element belongs to, if it is one of metakit. */
  function kept(panel, element) {
    const area = panel.content.widgets.find((cell) => cell.outputArea?.node.contains(element))?.outputArea;
    const i = area?.widgets.findIndex((output) => output.node.contains(element)) ?? -1;
    const html = [area?.model.get(i)?.data?.["text/html"] ?? ""].flat().join("");
    return html.startsWith(KEPT) ? html : "";
  }

  function showKept(panel) {
    for (const element of panel.node.querySelectorAll(".jp-OutputArea-output.jupyter-widgets")) {
      const html = element.textContent === LOST && kept(panel, element);
      if (!html) continue;
      // Jupyter itself shows widgets only where the notebook is trusted, and HTML as it is there.
      element.innerHTML = html;
      const line = document.createElement("p");
      line.className = "metakit-gone";
      line.textContent = AGAIN;
      element.firstElementChild.prepend(line);
    }
  }

  function markEnded(panel, status) {
    if (panel.sessionContext.session?.kernel && !ENDED.includes(status)) return;
    for (const element of panel.node.querySelectorAll(".metakit-status, .metakit-card")) {
      element.classList.add("jupyter-widgets-disconnected");
    }
  }

  function activate(app) {
    const known = new WeakSet();
    let timer = 0;
    const look = () => {
      timer = 0;
      for (const panel of app.shell.widgets?.("main") ?? []) {
        if (!panel.sessionContext || !panel.content?.widgets) continue;
        if (!known.has(panel)) {
          known.add(panel);
          panel.sessionContext.statusChanged.connect((_, status) => markEnded(panel, status));
          panel.sessionContext.kernelChanged.connect(() => markEnded(panel));
        }
        showKept(panel);
      }
    };
    const soon = () => {
      if (!timer) timer = setTimeout(look, EVERY_MS);
    };
    new MutationObserver(soon).observe(document.body, { childList: true, subtree: true });
    soon();
  }

  const module = { __esModule: true, default: { id: "metakit:kept", autoStart: true, activate } };
  window._JUPYTERLAB ??= {};
  window._JUPYTERLAB.metakit = { init: () => {}, get: async () => () => module };
})();
