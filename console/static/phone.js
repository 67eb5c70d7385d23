// A chat on the producer's Telegram or Zalo.  It asks for the lines and shows them; what it shows is only ever text.
"use strict";

(() => {
  const OFTEN = 350;
  const SELDOM = 900;

  const body = document.body;
  const by = (id) => document.getElementById(id);
  const base = `/demo/phone/${body.dataset.phone}`;

  const shown = new Map(); // entry of a line -> its JSON and its element, to change only what has changed
  const days = new Map(); // entry of a day's first line -> the element with the date
  const place = window.keepPlace(by("talk"), by("lines"), by("newer"));
  let round = "";
  let answering = -1; // entry of the message with the latest press
  let timer = 0;
  let busy = 0; // looks to come that are to come often

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function key(line, tap, row, column) {
    const made = element("button", tap.pressed ? "key pressed" : "key", tap.label);
    made.type = "button";
    made.addEventListener("click", () => {
      if (tap.opens) window.open(tap.opens, "_blank", "noopener");
      else send("press", JSON.stringify({ entry: line.entry, row, column }));
    });
    return made;
  }

  function keys(line, rows, className) {
    const home = element("div", className);
    rows.forEach((taps, row) => {
      const one = element("div", "row");
      one.append(...taps.map((tap, column) => key(line, tap, row, column)));
      home.append(one);
    });
    return home;
  }

  function bubble(line) {
    const made = element("div", "bubble");
    const file = `${base}/file/${line.entry}`;
    if (line.picture) {
      const picture = element("img", "picture");
      picture.src = file;
      picture.alt = body.dataset.picture;
      made.append(picture);
    }
    if (line.file) {
      const paper = element("a", "paper");
      paper.href = file;
      paper.download = line.file;
      const words = element("span");
      words.append(element("strong", "", line.file), element("small", "", body.dataset.opens));
      paper.append(words);
      made.append(paper);
    }
    for (const [words, bold] of line.words) made.append(bold ? element("strong", "", words) : words);
    made.append(element("time", "", line.at));
    return made;
  }

  function drawn(line) {
    const item = element("li", line.mine ? "line mine" : "line");
    item.append(bubble(line));
    const inline = (line.rows || []).filter((row) => row.some((tap) => !tap.keyboard));
    if (inline.length) {
      item.classList.add("buttoned");
      item.append(keys(line, inline, "keys"));
    }
    if (line.note) {
      const note = element("p", "note", `${line.note.vi} `);
      const english = element("span", "", line.note.en);
      english.lang = "en";
      note.append(english);
      item.append(note);
    }
    return item;
  }

  function dayOf(line) {
    if (!days.has(line.entry)) days.set(line.entry, element("li", "day", line.day));
    return days.get(line.entry);
  }

  // Put these elements into the list, in this order; those that are there already are not touched.
  function arrange(home, wanted) {
    for (const item of Array.from(home.children)) if (!wanted.includes(item)) item.remove();
    wanted.forEach((item, at) => {
      if (home.children[at] !== item) home.insertBefore(item, home.children[at] || null);
    });
  }

  function drawLines(told) {
    const opening = round !== told.round;
    if (opening) {
      round = told.round;
      shown.clear();
      days.clear();
    }
    const wanted = [];
    const acts = []; // what the place has to know, once all lines are there
    told.lines.forEach((line, at) => {
      const now = JSON.stringify(line);
      const before = shown.get(line.entry);
      if (!before || before.now !== now) {
        const item = drawn(line);
        shown.set(line.entry, { now, item, line });
        if (before) acts.push(() => redrawn(before, line, item));
        else if (line.mine) acts.push(() => place.mine(item));
        else acts.push(() => place.said(item));
      }
      if (!at || told.lines[at - 1].day !== line.day) wanted.push(dayOf(line));
      wanted.push(shown.get(line.entry).item);
    });
    arrange(by("lines"), wanted);
    if (opening) place.opened(newestTurn(told.lines));
    else for (const act of acts) act();
  }

  // A press shows on its button only; its answer is a further message, or new words in the place of the old ones.
  function redrawn(before, line, item) {
    const answered = answering === line.entry && JSON.stringify(before.line.words) !== JSON.stringify(line.words);
    place.changed(before.item, item, answered);
    if (presses(line) > presses(before.line)) {
      answering = line.entry;
      place.ask(true);
    }
  }

  function presses(line) {
    return (line.rows || []).flat().filter((tap) => tap.pressed).length;
  }

  // The first message of what the bot said last: since the person's own line, or on the last day.
  function newestTurn(told) {
    let from = told.length;
    while (from > 0 && !told[from - 1].mine && told[from - 1].day === told[told.length - 1].day) from -= 1;
    return from < told.length ? shown.get(told[from].entry).item : undefined;
  }

  let boarded = "";
  function drawBoard(given) {
    const now = JSON.stringify(given);
    if (now === boarded) return;
    boarded = now;
    by("keyboard").hidden = !given;
    by("keyboard").replaceChildren(...(given ? [keys(given[0], given[1], "keys")] : []));
  }

  function draw(told) {
    const last = told.lines[told.lines.length - 1];
    by("welcome").hidden = Boolean(last);
    by("typing").hidden = !(last && last.mine && busy > 0);
    const board = last && !last.mine ? (last.rows || []).filter((row) => row.some((tap) => tap.keyboard)) : [];
    drawBoard(board.length ? [last, board] : null);
    drawLines(told);
    place.settle();
    body.dataset.state = "ready";
  }

  async function look() {
    clearTimeout(timer);
    if (window.innerWidth > 0) { // not behind another tab
      try {
        const answer = await fetch(`${base}/lines`);
        if (!answer.ok) throw new Error(String(answer.status));
        by("status").hidden = true;
        draw(await answer.json());
      } catch {
        by("status").textContent = body.dataset.offline;
        by("status").hidden = false;
      }
    }
    busy = Math.max(0, busy - 1);
    timer = setTimeout(look, busy ? OFTEN : SELDOM);
  }

  async function send(what, content) {
    busy = 12;
    try {
      const answer = await fetch(`${base}/${what}`, { method: "POST", body: content });
      if (answer.ok) draw(await answer.json());
    } catch {
      // The next look tells that the demo is not reached.
    }
    look();
  }

  function say(text) {
    if (text.trim()) send("say", JSON.stringify({ text }));
  }

  by("write").addEventListener("submit", (event) => {
    event.preventDefault();
    say(by("words").value);
    by("words").value = "";
  });
  by("words").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      by("write").requestSubmit();
    }
  });
  by("begin").addEventListener("click", () => say("/start"));
  by("file").addEventListener("change", () => {
    const [file] = by("file").files;
    if (file) send("picture", file);
    by("file").value = "";
  });
  window.addEventListener("resize", look);
  look();
})();
