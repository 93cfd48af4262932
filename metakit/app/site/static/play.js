// Starts a lesson by itself: opens JupyterLite's page of one notebook, waits for Python, runs all cells, and says in
// words what it waits for and what is missing. Until then the page shows the pictures that were kept in the notebook.
(() => {
  const PYODIDE = document.currentScript.dataset.pyodide;
  const LOOK_MS = 100;
  const LONG_MS = 120000;
  const LITTLE_MEMORY_GB = 2;
  const bar = document.createElement("div");
  bar.id = "metakit-bar";
  bar.innerHTML =
    '<a href="../index.html">All lessons</a><p role="status"></p><progress aria-hidden="true"></progress>';
  const words = bar.querySelector("p");
  const say = (text) => {
    words.textContent = text;
  };
  const done = () => bar.querySelector("progress")?.remove();
  const problem = (text) => {
    bar.classList.add("is-problem");
    done();
    say(`${text} The text of the lesson can be read; its pictures stand still.`);
  };
  const found = async (test) => {
    for (;;) {
      const value = test();
      if (value) return value;
      await new Promise((wait) => setTimeout(wait, LOOK_MS));
    }
  };

  async function missing() {
    if (typeof WebAssembly !== "object") {
      return "This browser has no WebAssembly, which Python needs; it may be switched off by whoever runs this computer. A newer Firefox, Chrome, Edge or Safari has it.";
    }
    try {
      await new Promise((resolve, reject) => {
        const request = indexedDB.open("metakit-test");
        request.onsuccess = () => resolve(request.result.close());
        request.onerror = () => reject(request.error);
      });
    } catch {
      return "This browser keeps nothing for web pages (storage is blocked), which the lesson needs to start. Allow storage for this site, or leave the private window.";
    }
    const from = new URL(PYODIDE, location.href);
    try {
      const answer = await fetch(new URL("pyodide.mjs", from));
      if (!answer.ok) throw new Error(answer.status);
    } catch {
      return `Python could not be loaded from ${from.host}. The network may block that address; ask for it to be allowed, or use a site that was made with metakit site --pyodide FOLDER.`;
    }
    return "";
  }

  // Python starts before the notebook is shown: it then finds its session there.
  async function begin(app) {
    const { kernelspecs, sessions } = app.serviceManager;
    const path = new URLSearchParams(location.search).get("path");
    await Promise.all([kernelspecs.ready, sessions.ready]);
    await found(() => kernelspecs.specs?.kernelspecs.python); // its extension has said so
    if (path && ![...sessions.running()].some((session) => session.path === path)) {
      const own = await sessions.startNew({ path, name: path, type: "notebook", kernel: { name: "python" } });
      own.dispose(); // only this connection, which would answer for widgets that it knows nothing of
    }
  }

  async function start() {
    document.body.prepend(bar);
    new ResizeObserver(() => document.body.style.setProperty("--metakit-bar", `${bar.offsetHeight}px`)).observe(bar);
    say("Starting. You can read on; the pictures will move in a moment.");
    const lack = await missing();
    if (lack) return problem(lack);
    const app = await found(() => window.jupyterapp);
    begin(app);
    const panel = await found(() => app.shell.currentWidget?.sessionContext && app.shell.currentWidget);
    await panel.context.ready;
    document.title = `${panel.title.label.replace(".ipynb", "")} · metakit`;
    const little = navigator.deviceMemory < LITTLE_MEMORY_GB ? " This device has little memory: close other tabs." : "";
    say(`Python is starting in this browser. You can read on.${little}`);
    const slow = setTimeout(
      () => say("Python still starts. On a slow network the first visit takes minutes; later ones are quick."),
      LONG_MS,
    );
    const kernel = await found(() => panel.sessionContext.session?.kernel);
    let fault = "";
    kernel.anyMessage.connect((_, { direction, msg }) => {
      if (direction === "recv" && msg.header.msg_type === "error")
        fault ||= `${msg.content.ename}: ${msg.content.evalue}`;
    });
    await found(() => ["idle", "dead"].includes(kernel.status));
    clearTimeout(slow);
    if (kernel.status === "dead") return problem("Python could not start; this device may have too little memory.");
    say("Setting up the lesson.");
    performance.mark("metakit-python");
    await app.commands.execute("notebook:run-all-cells");
    panel.content.activeCellIndex = 0;
    done();
    performance.mark("metakit-live");
    if (/memory/i.test(fault))
      return problem("This device has too little memory for the lesson. Close other tabs and load the page again.");
    if (fault) return problem(`Something went wrong: ${fault}. Load the page again.`);
    say("Ready. Everything runs in this browser; nothing you do leaves this machine.");
  }

  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start);
})();
