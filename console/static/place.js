// The place a conversation is scrolled to, for the web chat and for the phones of the demo.
// New messages are shown from their first line, under the person's own bubble; those that fit are shown whole.
// A reader who scrolled elsewhere stays there, and a button leads to what has come since.
"use strict";

window.keepPlace = (talk, lines, button) => {
  const QUIET = 5000; // milliseconds on view after which messages count as read
  const MARGIN = 10;
  const NEAR_END = 48; // pixels from the end that still count as the end
  const OWN_SHARE = 0.4; // of the view, at most, for the person's own bubble above an answer
  const FIRST_LINE = 24; // pixels of a message that count as its first line
  const KEYS = ["ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End", " "];
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

  let run = null; // what was shown last: {own, first, alone}, elements of `lines`
  let placed = true; // false once the reader has scrolled
  let atEnd = true;
  let asked = false; // the next message is shown wherever the reader is
  let restingSince = null; // when the run was last added to, or came on view
  let read = false; // the run had its time on view
  let height = 0;
  let aim = null; // where a smooth scroll is going
  let expected = 0; // the last place that was reached
  let last = 0;
  const unseen = new Set();

  const onView = () => talk.clientHeight > 0 && !document.hidden;
  const furthest = () => Math.max(0, talk.scrollHeight - talk.clientHeight);
  const topOf = (item) => item.getBoundingClientRect().top - talk.getBoundingClientRect().top + talk.scrollTop;
  const isRead = () => read || (restingSince !== null && performance.now() - restingSince >= QUIET);

  function target() {
    const view = talk.clientHeight;
    if (!run) return lines.children.length ? furthest() : 0; // a welcome is read from its beginning
    if (!run.first || !run.first.isConnected) return furthest();
    const top = topOf(run.first);
    if (run.alone) {
      const tall = run.first.offsetHeight + 2 * MARGIN > view;
      const lowest = top - MARGIN;
      const highest = top + run.first.offsetHeight + MARGIN - view;
      return tall ? lowest : Math.min(lowest, Math.max(highest, aim === null ? talk.scrollTop : aim));
    }
    if (talk.scrollHeight - top + MARGIN <= view) return furthest();
    if (run.own && run.own.isConnected) return Math.max(topOf(run.own) - MARGIN, top - view * OWN_SHARE);
    const before = run.first.previousElementSibling;
    return top - MARGIN - (before && before.classList.contains("day") ? before.offsetHeight + MARGIN : 0);
  }

  function go(to, smoothly) {
    const at = Math.round(Math.min(furthest(), Math.max(0, to)));
    if (Math.abs(at - (aim === null ? talk.scrollTop : aim)) <= 1) return;
    const glides = smoothly && !calm.matches && onView() && Math.abs(at - talk.scrollTop) <= 2 * talk.clientHeight;
    last = talk.scrollTop;
    aim = glides ? at : null;
    talk.scrollTo({ top: at, behavior: glides ? "smooth" : "instant" });
    expected = glides ? at : talk.scrollTop;
  }

  function measure() {
    if (!talk.clientHeight) return;
    const top = aim === null ? talk.scrollTop : aim;
    atEnd = furthest() - top <= NEAR_END;
    if (!document.hidden) {
      for (const item of unseen) {
        if (!item.isConnected || topOf(item) + FIRST_LINE <= top + talk.clientHeight) unseen.delete(item);
      }
    }
    if (!unseen.size && document.activeElement === button) talk.focus({ preventScroll: true });
    button.hidden = !unseen.size;
  }

  function place(smoothly) {
    if (!talk.clientHeight) return;
    placed = true;
    go(target(), smoothly);
    measure();
  }

  function add(item) {
    if (item) unseen.add(item);
    read = false;
    restingSince = onView() ? performance.now() : null;
  }

  // The person's own line: they are at the end now, wherever they were.
  function mine(item) {
    asked = false;
    unseen.clear();
    run = { own: item, first: null };
    add(null);
    place(true);
  }

  function said(item) {
    const first = { own: null, first: item };
    if (asked) {
      run = first;
    } else if (placed && run && !isRead()) {
      if (run.alone) run = first;
      else if (!run.first) run.first = item;
    } else if (atEnd || !run) {
      run = first;
    } else {
      unseen.add(item);
      measure();
      return;
    }
    asked = false;
    add(item);
    place(true);
  }

  // A line was drawn again.  With `answered` it took the place of an answer to the person's latest press.
  function changed(before, item, answered) {
    if (unseen.delete(before)) unseen.add(item);
    if (run && run.first === before) run.first = item;
    if (run && run.own === before) run.own = item;
    if (answered) asked = false;
    if (answered && placed) {
      run = { own: null, first: item, alone: true };
      add(null);
      place(true);
    } else {
      settle();
    }
  }

  // Something grew or shrank: a picture came, a keyboard opened, the page was hidden or shown again.
  function settle() {
    const before = height;
    height = talk.clientHeight;
    rest();
    if (!height) return;
    if (placed) place(false);
    else if (atEnd) go(furthest(), false);
    else if (!before) go(expected, false);
    measure();
  }

  function rest() {
    if (onView()) {
      if (restingSince === null) restingSince = performance.now();
    } else {
      read = isRead();
      restingSince = null;
    }
  }

  // The lines of earlier are there.  `first` is the one that was shown last, where that is known.
  function opened(first) {
    const all = Array.from(lines.children).filter((item) => item.classList.contains("line"));
    const own = all.filter((item) => item.classList.contains("mine")).pop() || null;
    const from = first || (own ? all[all.indexOf(own) + 1] : all[all.length - 1]) || null;
    const above = from ? all[all.indexOf(from) - 1] : null;
    run = all.length ? { own: above && above === own ? own : from ? null : own, first: from } : null;
    unseen.clear();
    add(null);
    aim = null;
    place(false);
  }

  function newest() {
    const first = Array.from(unseen).find((item) => item.isConnected);
    talk.focus({ preventScroll: true });
    if (!first) return;
    run = { own: null, first };
    add(null);
    place(true);
  }

  // The next message is shown wherever the reader is; until they scroll by themselves.
  function ask(on) {
    asked = on;
  }

  talk.addEventListener("scroll", () => {
    if (!talk.clientHeight || talk.clientHeight !== height) return;
    const top = talk.scrollTop;
    const passing = aim !== null && Math.abs(top - aim) <= Math.abs(last - aim);
    last = top;
    if (aim !== null && Math.abs(top - aim) <= 1) aim = null;
    else if (passing) return;
    if (Math.abs(top - expected) > 1) {
      aim = null;
      expected = top;
      placed = false;
      asked = false;
    }
    measure();
  }, { passive: true });
  const hands = () => { aim = null; };
  talk.addEventListener("wheel", hands, { passive: true });
  talk.addEventListener("touchmove", hands, { passive: true });
  talk.addEventListener("keydown", (event) => { if (KEYS.includes(event.key)) hands(); });
  button.addEventListener("click", newest);
  document.addEventListener("visibilitychange", settle);
  window.addEventListener("message", (event) => {
    if (event.origin === location.origin && event.data === "show-next") ask(true);
  });
  const observer = new ResizeObserver(settle);
  observer.observe(talk);
  observer.observe(lines);

  return { mine, said, changed, settle, opened, ask, first: () => (run ? run.first : null) };
};
