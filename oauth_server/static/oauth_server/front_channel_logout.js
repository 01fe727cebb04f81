// OpenID Connect Front-Channel Logout 1.0: goes on when every frame has loaded, or when the time is over.
(() => {
  "use strict";
  const wait = Number(document.currentScript.dataset.wait) * 1000;
  const loaded = new Set();
  let frames = null;
  let gone = false;

  const go = () => {
    if (gone) return;
    gone = true;
    location.replace(document.getElementById("onward").href);
  };
  const look = () => {
    if (frames && frames.every((frame) => loaded.has(frame))) go();
  };
  // this script runs before the frames are there, so none of them loads unnoticed; the event does not bubble
  document.addEventListener("load", (event) => { loaded.add(event.target); look(); }, true);
  document.addEventListener("DOMContentLoaded", () => {
    frames = [...document.querySelectorAll("iframe")];
    setTimeout(go, wait);
    look();
  });
})();
