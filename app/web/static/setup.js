"use strict";
// On to GitHub without a click more; and what GitHub says of the App is looked at until it is there.
const forward = document.getElementById("forward");
if (forward) forward.submit();

// A proxy may keep from the server by which address people reach it: the browser knows.
const here = document.getElementById("here");
if (here) here.value = location.origin;

const every = 3000;
async function look() {
  const seen = document.getElementById("seen");
  if (!seen) return;
  try {
    const answer = await fetch("/setup", { cache: "no-store", redirect: "error" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("seen");
    if (fresh && fresh.innerHTML !== seen.innerHTML && !seen.contains(document.activeElement)) {
      seen.replaceChildren(...fresh.childNodes);
      const [mine, theirs] = [document, page].map((one) => one.querySelector(".last button"));
      if (mine && theirs) mine.className = theirs.className;
    }
  } catch {
    // the server is being started again: the next look finds it
  }
  setTimeout(look, every);
}
if (document.querySelector("[data-watch]")) setTimeout(look, every);
