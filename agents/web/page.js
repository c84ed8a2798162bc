// Evidence plays its span, citations light what they cite, and the timeline follows.
(() => {
  const clip = () => document.getElementById("clip");
  const piece = (name) => document.getElementById(name);
  let end = Infinity;

  const play = (name) => {
    const evidence = piece(name), media = clip();
    if (!evidence || !media) return;
    highlight(name);
    end = Number(evidence.dataset.end);
    media.currentTime = Number(evidence.dataset.start);
    media.play().catch(() => {});
  };

  const highlight = (name) => {
    for (const old of document.querySelectorAll(".highlighted")) old.classList.remove("highlighted");
    if (!name) return;
    piece(name)?.classList.add("highlighted");
    for (const mark of document.querySelectorAll(`.mark[href="#${CSS.escape(name)}"]`))
      mark.classList.add("highlighted");
  };

  const unfold = (element) => {
    for (let fold = element?.closest("details"); fold; fold = fold.parentElement.closest("details"))
      fold.open = true;
  };

  const citedName = (event) => {
    const link = event.target.closest?.(".affectgraph .cite");
    return link && link.getAttribute("href").slice(1);
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".play");
    if (button) return play(button.closest(".piece").id);
    const mark = event.target.closest?.(".mark");
    if (mark && clip()) {
      event.preventDefault();
      return play(mark.getAttribute("href").slice(1));
    }
    const name = citedName(event);
    if (name) {
      event.preventDefault();
      highlight(name);
      unfold(piece(name));
      const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)").matches;
      piece(name)?.scrollIntoView({ block: "center", behavior: reducedMotion ? "auto" : "smooth" });
      return piece(name)?.focus({ preventScroll: true });
    }
    const lane = event.target.closest?.(".lanes svg");
    if (lane && clip()) {
      const box = lane.getBoundingClientRect();
      end = Infinity;
      clip().currentTime = ((event.clientX - box.left) / box.width) * clip().duration;
    }
  });
  for (const kind of ["mouseover", "focusin"])
    document.addEventListener(kind, (event) => {
      const name = citedName(event);
      if (name) highlight(name);
    });

  // Gradio names this button otherwise than its text does, by which people call it.
  new MutationObserver(() => {
    for (const button of document.querySelectorAll("#file button[aria-dropeffect][aria-label]"))
      button.removeAttribute("aria-label");
  }).observe(document, { childList: true, subtree: true });

  const follow = () => {
    const media = clip();
    if (!media || !media.duration) return;
    document.documentElement.style.setProperty("--now", media.currentTime / media.duration);
    if (media.paused) return;
    if (media.currentTime >= end) {
      media.pause();
      end = Infinity;
    } else requestAnimationFrame(follow);
  };
  for (const kind of ["play", "seeked", "loadedmetadata"])
    document.addEventListener(kind, follow, true);
})();
