// A chat on the producer's Telegram or Zalo.  It asks for the lines and shows them; what it shows is only ever text.
"use strict";

(() => {
  const OFTEN = 350;
  const SELDOM = 900;

  const body = document.body;
  const by = (id) => document.getElementById(id);
  const base = `/demo/phone/${body.dataset.phone}`;

  let shown = []; // the lines as JSON, to change only what has changed
  let round = "";
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

  function drawn(line, before) {
    const made = [];
    if (!before || before.day !== line.day) made.push(element("li", "day", line.day));
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
    made.push(item);
    return made;
  }

  function draw(told) {
    const talk = by("talk");
    const home = by("lines");
    const low = talk.scrollHeight - talk.scrollTop - talk.clientHeight < 80;
    if (round !== told.round) {
      round = told.round;
      shown = [];
      home.replaceChildren();
    }
    const now = told.lines.map((line) => JSON.stringify(line));
    const grown = now.length > shown.length;
    if (now.some((line, at) => line !== shown[at]) || now.length !== shown.length) {
      let same = 0;
      while (same < now.length && now[same] === shown[same]) same += 1;
      const items = told.lines.flatMap((line, at) => drawn(line, told.lines[at - 1]).map((item) => [at, item]));
      const kept = items.filter(([at]) => at < same).length;
      while (home.children.length > kept) home.lastChild.remove();
      home.append(...items.slice(kept).map(([, item]) => item));
      shown = now;
    }
    const last = told.lines[told.lines.length - 1];
    by("welcome").hidden = Boolean(last);
    by("typing").hidden = !(last && last.mine && busy > 0);
    const board = last && !last.mine ? (last.rows || []).filter((row) => row.some((tap) => tap.keyboard)) : [];
    by("keyboard").hidden = !board.length;
    by("keyboard").replaceChildren(...(board.length ? [keys(last, board, "keys")] : []));
    if (low || grown) talk.scrollTop = talk.scrollHeight;
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
  window.addEventListener("resize", () => { by("talk").scrollTop = by("talk").scrollHeight; look(); });
  look();
})();
