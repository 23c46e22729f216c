// Keeps the page live: when something changed on the server, the parts marked `data-live` are
// fetched again and swapped in. Forms outside them keep what is being typed.
const body = document.body;
let version = body.dataset.version;

async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const old of document.querySelectorAll("[data-live]")) {
    const now = fresh.querySelector(`[data-live="${old.dataset.live}"]`);
    if (now && now.innerHTML !== old.innerHTML) old.innerHTML = now.innerHTML;
  }
}

async function watch() {
  try {
    const answer = await fetch("/_version");
    const seen = String((await answer.json()).version);
    if (seen !== version) {
      await refresh();
      version = seen;
    }
  } catch {
    // The sandbox has ended, or is busy; ask again.
  }
  setTimeout(watch, document.hidden ? 3000 : 700);
}
watch();
