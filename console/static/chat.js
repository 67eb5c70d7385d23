// The web chat.  Words of people are only ever set as text, never as markup.
// What a person sends is kept here until the server says that it is saved; the same id may go twice.
"use strict";

(() => {
  const BOLD = "\ue000";
  const PLAIN = "\ue001";
  const LONGEST_PAUSE = 20000;
  const ANSWER_WAIT = 12000;
  const KEPT_LINES = 200;
  const MANY = 8;
  const LARGE_PICTURE = 1200000;
  const LONGEST_SIDE = 2000;

  const chat = document.getElementById("chat");
  const talk = document.getElementById("talk");
  const lines = document.getElementById("lines");
  const typing = document.getElementById("typing");
  const status = document.getElementById("status");
  const words = document.getElementById("words");
  const picker = document.getElementById("file");
  const says = chat.dataset;
  const address = new URLSearchParams(location.search);

  let session = "";
  let demo = false;
  let socket = null;
  let ready = false;
  let failures = 0;
  let refused = ""; // why no new visitor is taken now
  let knew = false; // this browser remembers earlier lines
  let opened = false; // what came since the last visit is here
  let typingTimer = 0;
  let memory = { seq: 0, lines: [], first: "" }; // `first` is the key of the message that was shown last
  const shown = new Map(); // key of a line -> its element
  const waiting = new Map(); // id of an event -> timer until it counts as not sent
  const place = window.keepPlace(talk, lines, document.getElementById("newer"));

  // Memory of this browser

  const storageKey = () => `ocop-chat:${session.slice(0, 12)}`;

  function remember() {
    memory.lines = memory.lines.slice(-KEPT_LINES);
    memory.first = place.first()?.dataset.key || "";
    try {
      localStorage.setItem(storageKey(), JSON.stringify(memory));
    } catch {
      // A full or forbidden storage only costs the look back.
    }
  }

  function recall() {
    try {
      const kept = JSON.parse(localStorage.getItem(storageKey()) || "null");
      if (kept && Number.isInteger(kept.seq) && Array.isArray(kept.lines)) memory = kept;
    } catch {
      memory = { seq: 0, lines: [], first: "" };
    }
  }

  function newId() {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16)); // plain http offers no randomUUID
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }

  // Showing

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function fillWords(into, text) {
    let bold = false;
    for (const part of text.split(/([\ue000\ue001])/)) {
      if (part === BOLD || part === PLAIN) {
        bold = part === BOLD;
      } else if (part) {
        const home = bold ? into.appendChild(element("strong")) : into;
        fillLinks(home, part);
      }
    }
  }

  function fillLinks(into, text) {
    const pattern = /(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)])|((?<=^|[\s(“"])\/[a-z]{2,20}(?![\w/]))/g;
    let from = 0;
    for (const found of text.matchAll(pattern)) {
      into.append(text.slice(from, found.index));
      if (found[1]) {
        const link = element("a", "", found[1]);
        link.href = found[1];
        link.target = "_blank";
        link.rel = "noopener noreferrer nofollow";
        into.append(link);
      } else {
        const command = element("button", "command", found[2]);
        command.type = "button";
        command.addEventListener("click", () => say(found[2]));
        into.append(command);
      }
      from = found.index + found[0].length;
    }
    into.append(text.slice(from));
  }

  async function fileAddress(key) {
    const path = `/chat/file/${encodeURIComponent(key)}`;
    if (!demo) return path;
    const answer = await fetch(path, { headers: { "X-Chat-Session": session } });
    if (!answer.ok) throw new Error("no file");
    return URL.createObjectURL(await answer.blob());
  }

  function showAttachment(into, attachment) {
    if (attachment.kind === "photo") {
      const picture = element("img", "picture");
      picture.alt = attachment.name || says.picture;
      fileAddress(attachment.file).then((url) => { picture.src = url; }, () => { picture.replaceWith(attachment.name); });
      into.append(picture);
      return;
    }
    if (attachment.kind === "voice") {
      const player = element("audio", "voice");
      player.controls = true;
      fileAddress(attachment.file).then((url) => { player.src = url; }, () => {});
      into.append(player);
    }
    const link = element("a", "paper");
    const about = element("span", "", attachment.name);
    about.append(element("small", "", `${says.download} · ${Math.max(1, Math.round(attachment.size / 1024))} KB`));
    link.append(about);
    link.download = attachment.name;
    fileAddress(attachment.file).then((url) => { link.href = url; }, () => {});
    into.append(link);
  }

  function showSaid(line) {
    const item = element("li", "line");
    const message = line.message;
    item.append(element("span", "unseen", `${says.we}: `));
    const bubble = element("div", "bubble");
    fillWords(bubble, message.text || "");
    for (const attachment of message.attachments || []) showAttachment(bubble, attachment);
    item.append(bubble);
    const taps = element("div", "taps");
    for (const choice of message.choices || []) {
      const tap = element("button", "tap", choice.label);
      tap.type = "button";
      if (line.pressed === choice.action) tap.classList.add("pressed");
      tap.addEventListener("click", () => press(line, choice, taps, tap));
      taps.append(tap);
    }
    if (message.ask === "photo") taps.prepend(asking(says.choosePhoto, () => picker.click()));
    if (message.ask === "location" && navigator.geolocation) taps.prepend(asking(says.sharePlace, sharePlace));
    if (taps.children.length > MANY) taps.classList.add("many");
    if (taps.children.length) item.append(taps);
    return item;
  }

  function asking(label, act) {
    const tap = element("button", "tap main", label);
    tap.type = "button";
    tap.addEventListener("click", act);
    return tap;
  }

  function showMine(line) {
    const item = element("li", "line mine");
    item.append(element("span", "unseen", `${says.you}: `));
    const bubble = element("div", "bubble");
    if (line.event.ref && line.event.kind === "photo") {
      showAttachment(bubble, { kind: "photo", file: line.event.ref.slice(5), name: says.picture });
    } else {
      bubble.append(line.label);
    }
    item.append(bubble);
    const fate = element("p", line.state === "failed" ? "fate bad" : "fate");
    if (line.state === "failed") {
      fate.append(line.why ? line.why : says.failed);
      if (!line.final) {
        const again = element("button", "", says.again);
        again.type = "button";
        again.addEventListener("click", () => sendAgain(line));
        fate.append(" · ", again);
      }
    } else {
      fate.append(line.state === "saved" ? `✓ ${says.saved}` : says.sending);
    }
    item.append(fate);
    return item;
  }

  function lineKey(line) {
    return line.event ? line.event.id : `seq:${line.seq}`;
  }

  // Draw a line and answer with its element and the one it replaced, if any.
  function put(line) {
    const key = lineKey(line);
    const item = line.event ? showMine(line) : showSaid(line);
    item.dataset.key = key;
    const before = shown.get(key);
    if (before) before.replaceWith(item);
    else lines.append(item);
    shown.set(key, item);
    document.getElementById("welcome").hidden = true;
    return [item, before];
  }

  function draw(line, answered) {
    const [item, before] = put(line);
    if (before) place.changed(before, item, answered);
    else if (line.event) place.mine(item);
    else place.said(item);
  }

  function drawOldQuestions() {
    const said = memory.lines.filter((line) => !line.event);
    said.forEach((line, at) => shown.get(lineKey(line))?.classList.toggle("old", at < said.length - 1));
  }

  function notify(text) {
    status.textContent = text;
    status.hidden = !text;
  }

  function wait(on) {
    clearTimeout(typingTimer);
    typing.hidden = !on;
    if (on) typingTimer = setTimeout(() => wait(false), 20000);
    place.settle();
  }

  // Sending

  function say(text) {
    const words = text.trim();
    if (words) send({ kind: "text", text: words }, words);
  }

  function press(line, choice, taps, tap) {
    for (const other of taps.children) other.classList.remove("pressed");
    tap.classList.add("pressed");
    line.pressed = choice.action;
    send({ kind: "press", press: choice.action, of: String(line.seq) }, choice.label);
  }

  function send(event, label) {
    const line = { event: { id: newId(), ...event }, label, state: "sending" };
    memory.lines.push(line);
    remember();
    draw(line);
    hand(line);
  }

  function hand(line) {
    if (!ready) return; // it goes when the line is there again
    clearTimeout(waiting.get(line.event.id));
    waiting.set(line.event.id, setTimeout(() => settle(line, "failed"), ANSWER_WAIT));
    socket.send(JSON.stringify(line.event));
  }

  function sendAgain(line) {
    line.state = "sending";
    line.why = "";
    draw(line);
    if (ready) hand(line);
    else connect();
  }

  function settle(line, state, why, final) {
    clearTimeout(waiting.get(line.event.id));
    waiting.delete(line.event.id);
    Object.assign(line, { state, why: why || "", final: Boolean(final) });
    remember();
    draw(line);
  }

  function sharePlace() {
    navigator.geolocation.getCurrentPosition(
      (found) => send({ kind: "location", place: [found.coords.latitude, found.coords.longitude] }, says.sharePlace),
      () => notify(says.noPlace),
      { timeout: 15000, maximumAge: 60000 },
    );
  }

  // A picture from a phone is made smaller before it goes over a weak line; its hidden data stays behind.
  async function smaller(file) {
    if (!file.type.startsWith("image/") || file.size < LARGE_PICTURE || !window.createImageBitmap) return file;
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      const made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.86));
      return made && made.size < file.size ? made : file;
    } catch {
      return file;
    }
  }

  async function upload(files) {
    const album = files.length > 1 ? newId() : "";
    for (const file of files) {
      notify(says.uploading);
      try {
        const body = await smaller(file);
        const answer = await fetch("/chat/upload", { method: "POST", headers: { "X-Chat-Session": session }, body });
        if (answer.status === 413) { notify(says.tooLarge); continue; }
        if (answer.status === 415) { notify(says.notAPicture); continue; }
        if (!answer.ok) {
          const why = (await answer.json().catch(() => ({}))).why;
          const refusals = { not_begun: says.notBegun, no_room: says.noRoom, quota: says.quota, busy: says.busy };
          notify(refusals[why] || says.notUploaded);
          continue;
        }
        const kept = await answer.json();
        const kind = kept.mime === "application/pdf" ? "document" : "photo";
        const event = { kind, ref: kept.ref, name: file.name };
        if (album) event.album = album;
        notify("");
        send(event, file.name);
      } catch {
        notify(says.notUploaded);
      }
    }
  }

  // The line to the server

  async function openSession() {
    const named = address.get("session") || localStorageSession();
    const answer = await fetch("/chat/session", { method: "POST", headers: { "X-Chat-Session": named } });
    if (!answer.ok) {
      const why = (await answer.json().catch(() => ({}))).why;
      refused = { no_room: says.closed, busy: says.busy }[why] || "";
      notify(refused);
      throw new Error(String(answer.status));
    }
    refused = "";
    const opened = await answer.json();
    session = opened.session;
    demo = opened.demo;
    if (!demo) {
      try { localStorage.setItem("ocop-chat-session", session); } catch { /* the cookie knows it too */ }
    }
  }

  function localStorageSession() {
    try { return localStorage.getItem("ocop-chat-session") || ""; } catch { return ""; }
  }

  async function connect() {
    if (socket) return;
    try {
      if (!session) {
        await openSession();
        recall();
        knew = memory.lines.length > 0;
        memory.lines.forEach(put);
        drawOldQuestions();
        place.opened(shown.get(memory.first));
        place.ask(true); // what came since the last visit is shown from its first line
      }
    } catch {
      later();
      return;
    }
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    socket = new WebSocket(`${scheme}//${location.host}/chat/ws`);
    socket.addEventListener("open", () => socket.send(JSON.stringify({ hello: session, since: memory.seq })));
    socket.addEventListener("message", (frame) => hear(JSON.parse(frame.data)));
    socket.addEventListener("close", () => {
      socket = null;
      ready = false;
      wait(false);
      later();
    });
  }

  function later() {
    failures += 1;
    if (failures > 1) notify(refused || says.lost);
    const pause = Math.min(LONGEST_PAUSE, 500 * 2 ** Math.min(failures, 6)) * (0.7 + Math.random() * 0.6);
    setTimeout(connect, pause);
  }

  function hear(word) {
    if (word.ready) {
      ready = true;
      failures = 0;
      notify("");
      chat.dataset.state = "ready";
      if (!opened) {
        opened = true;
        place.ask(false);
        if (!knew) place.opened();
      }
      for (const line of memory.lines) if (line.event && line.state !== "saved" && !line.final) {
        line.state = "sending";
        draw(line);
        hand(line);
      }
      begin();
    } else if (word.saved !== undefined) {
      const line = mine(word.saved);
      if (line) { settle(line, "saved"); wait(true); }
    } else if (word.unsaved !== undefined) {
      const line = mine(word.unsaved);
      const final = word.why === "too_long" || word.why === "unreadable";
      const why = { too_long: says.tooLong, unreadable: says.unreadable }[word.why];
      if (line) settle(line, "failed", why, final);
    } else if (word.typing) {
      wait(true);
    } else if (word.say) {
      hearSaid(word.say, word.seq);
    }
  }

  function mine(id) {
    return memory.lines.find((line) => line.event && line.event.id === id);
  }

  function hearSaid(message, seq) {
    if (seq <= memory.seq) return; // told twice, around a broken line
    memory.seq = seq;
    if (message.mine) {
      hearMine(message);
      remember();
      return;
    }
    wait(false);
    const replaced = memory.lines.find((line) => !line.event && line.seq === message.replaces);
    if (replaced) {
      // It changes where it stands; the presses that changed it need no line of their own.
      const presses = memory.lines.filter((line) => line.event && line.event.of === String(replaced.seq));
      const answered = presses.includes(memory.lines.filter((line) => line.event).pop());
      for (const line of presses) {
        shown.get(lineKey(line))?.remove();
        shown.delete(lineKey(line));
      }
      memory.lines = memory.lines.filter((line) => !presses.includes(line));
      replaced.message = message;
      replaced.pressed = "";
      draw(replaced, answered);
    } else {
      const line = { seq, message };
      memory.lines.push(line);
      draw(line);
    }
    drawOldQuestions();
    const contact = message.ask === "contact";
    words.inputMode = contact ? "tel" : "text";
    document.querySelector("label.round").classList.toggle("asked", message.ask === "photo");
    remember();
  }

  // What this person said on another page, or what was said for them; what was said here is here already.
  function hearMine(message) {
    if (mine(message.mine)) return;
    const line = { event: { id: message.mine, of: message.of }, label: message.text, state: "saved" };
    const pressed = memory.lines.find((one) => !one.event && String(one.seq) === message.of);
    if (pressed) {
      pressed.pressed = message.press;
      draw(pressed);
    }
    memory.lines.push(line);
    draw(line);
    if (ready) wait(true);
  }

  // A link with ?start=… begins at once, and once.
  let begun = false;
  function begin() {
    const payload = address.get("start");
    if (begun || !payload || !/^[A-Za-z0-9_-]{1,64}$/.test(payload)) return;
    begun = true;
    say(`/start ${payload}`);
    address.delete("start");
    history.replaceState(null, "", `${location.pathname}${address.size ? `?${address}` : ""}`);
  }

  document.getElementById("write").addEventListener("submit", (event) => {
    event.preventDefault();
    say(words.value);
    words.value = "";
    grow();
    words.focus();
  });
  words.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      document.getElementById("write").requestSubmit();
    }
  });
  function grow() {
    words.style.height = "auto";
    words.style.height = `${Math.min(140, words.scrollHeight + 3)}px`;
  }
  words.addEventListener("input", grow);
  picker.addEventListener("change", () => {
    upload(Array.from(picker.files)).finally(() => { picker.value = ""; });
  });
  document.getElementById("begin").addEventListener("click", () => say("/start"));
  window.addEventListener("online", connect);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) connect(); });

  connect();
})();
