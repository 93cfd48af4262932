// Put before JupyterLite's service worker: what was fetched once is kept, so that a page comes again quickly, and
// without network. Everything belongs to one build of the site; a new build begins anew.
const KEPT = "metakit-site-BUILD";
const FRESH = /\.(html|json|ipynb)$|\/$/; // may say something new: the network first
const ALONE = /\/api\/(drive|stdin|service-worker-heartbeat)/; // between the page and its Python

self.addEventListener("activate", (event) => {
  const others = async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("metakit-site-") && name !== KEPT) await caches.delete(name);
    }
  };
  event.waitUntil(others());
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || !url.protocol.startsWith("http") || ALONE.test(url.pathname)) return;
  event.stopImmediatePropagation();
  event.respondWith(answer(event.request, FRESH.test(url.pathname)));
});

async function answer(request, fresh) {
  const kept = await caches.open(KEPT);
  const last = await kept.match(request);
  if (last && !fresh) return last;
  try {
    const now = await fetch(request);
    if (now.ok) await kept.put(request, now.clone());
    return now;
  } catch (error) {
    if (last) return last;
    throw error;
  }
}
