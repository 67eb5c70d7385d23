// The page of the guided demo.  It asks for the state and shows it; what it shows of people is only ever text.
"use strict";

(() => {
  const CALM = 1000;
  const BUSY = 300;
  const KEPT = "ocop-demo-heard";

  const body = document.body;
  const by = (id) => document.getElementById(id);
  const frames = { producer: by("frame-producer"), office: by("frame-office"), phone: by("frame-phone") };
  const tabs = Array.from(document.querySelectorAll(".tab"));
  const guides = Array.from(document.querySelectorAll("[data-guide]"));
  const views = Array.from(document.querySelectorAll(".view"));
  const packs = Array.from(document.querySelectorAll(".pack"));

  let state = null;
  let round = ""; // the session of the producer: another one is another house
  let seated = ""; // who sits at the office's screen
  let followed = ""; // the actor that was shown last
  let held = "webchat"; // the producer's phone that is looked at
  let turned = -1; // the last turn of the guide from one phone to another
  let pressed = 0; // a press of ours that is under way
  let heard = {}; // messages of a person that were looked at
  let timer = 0;

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function english(tag, text) {
    const made = element(tag, "", text);
    made.lang = "en";
    return made;
  }

  function setText(id, text) {
    if (by(id).textContent !== text) by(id).textContent = text;
  }

  const producer = () => state.people.find((one) => !one.official);
  const person = (id) => state.people.find((one) => one.id === id);
  const visible = () => window.matchMedia("(max-width: 1120px)").matches ? [body.dataset.view] : ["producer", "office"];

  // Who sits where

  function open(side, one) {
    const address = `/chat?session=${encodeURIComponent(one.session)}`;
    if (frames[side].dataset.address !== address) {
      frames[side].dataset.address = address;
      frames[side].contentWindow.location.replace(address); // leaves no step in the history of the page
    }
    by(`${side}-name`).textContent = one.name;
    link(side, one, side === "producer" && held !== "webchat" ? held : "");
  }

  function link(side, one, phone) {
    const save = by(`save-${side}`);
    save.href = `/demo/transcript?person=${encodeURIComponent(one.id)}${phone ? `&phone=${phone}` : ""}`;
    save.download = `hoi-thoai-${one.id}${phone ? `-${phone}` : ""}.txt`;
  }

  function hold(id) {
    held = id;
    const web = id === "webchat";
    if (!web) {
      const address = `/demo/phone/${id}`;
      if (frames.phone.dataset.address !== address) {
        frames.phone.dataset.address = address;
        frames.phone.contentWindow.location.replace(address);
      }
    }
    frames.producer.hidden = !web;
    frames.phone.hidden = web;
    link("producer", producer(), web ? "" : id);
    draw();
  }

  function sit(id) {
    seated = id;
    open("office", person(id));
    draw();
  }

  function look(view) {
    body.dataset.view = view;
    for (const one of views) one.setAttribute("aria-pressed", String(one.dataset.view === view));
    draw();
  }

  function seats() {
    if (round !== producer().session) {
      round = producer().session;
      followed = "";
      heard = recall();
      seated = (state.people.find((one) => one.official) || state.people[0]).id;
      turned = state.turn;
      open("producer", producer());
      open("office", person(seated));
      hold(state.phone);
    }
    if (state.turn !== turned) {
      turned = state.turn;
      if (held !== state.phone) hold(state.phone);
    }
    if (state.actor && state.actor !== followed) {
      followed = state.actor;
      const one = person(state.actor);
      if (one && one.id === producer().id) {
        look("producer");
      } else if (one) {
        sit(one.id);
        look("office");
      }
    }
    if (!state.actor) followed = "";
  }

  function recall() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(KEPT) || "null");
      if (kept && kept.round === round) return kept.heard;
    } catch { /* nothing was kept */ }
    return Object.fromEntries([...state.people, ...state.phones].map((one) => [one.id, one.heard]));
  }

  function remember() {
    try {
      sessionStorage.setItem(KEPT, JSON.stringify({ round, heard }));
    } catch { /* only the red dots are lost */ }
  }

  function fresh(one) {
    return Math.max(0, one.heard - (heard[one.id] || 0));
  }

  function dot(count) {
    const made = element("b", "fresh", String(count));
    made.setAttribute("aria-label", `${count} ${body.dataset.new}`);
    return made;
  }

  function drawPeople() {
    const shown = visible();
    if (shown.includes("producer")) {
      heard[producer().id] = producer().heard;
      heard[held] = state.phones.find((one) => one.id === held).heard;
    }
    if (shown.includes("office")) heard[seated] = person(seated).heard;
    remember();
    const others = state.people.filter((one) => one.id !== producer().id);
    const now = JSON.stringify([others.map((one) => [one.id, fresh(one)]), seated, round]);
    const home = by("people");
    if (home.dataset.drawn !== now) {
      home.dataset.drawn = now;
      const focused = document.activeElement && document.activeElement.dataset.person;
      home.replaceChildren(...others.map((one) => {
        const tab = element("button", one.official ? "person official" : "person");
        tab.type = "button";
        tab.dataset.person = one.id;
        tab.title = one.title || one.name;
        tab.setAttribute("aria-pressed", String(one.id === seated));
        tab.append(element("strong", "", one.place), element("span", "", one.name));
        if (fresh(one)) tab.append(dot(fresh(one)));
        tab.addEventListener("click", () => sit(one.id));
        return tab;
      }));
      if (focused) home.querySelector(`[data-person="${CSS.escape(focused)}"]`)?.focus();
    }
    for (const view of views) {
      view.querySelector(".fresh")?.remove();
      const count = view.dataset.view === "producer" ? fresh(producer()) : others.reduce((sum, one) => sum + fresh(one), 0);
      if (count) view.append(dot(count));
    }
  }

  function drawPhones() {
    for (const tab of tabs) {
      const phone = state.phones.find((one) => one.id === tab.dataset.phone);
      tab.setAttribute("aria-pressed", String(phone.id === held));
      tab.querySelector(".fresh")?.remove();
      if (fresh(phone)) tab.append(dot(fresh(phone)));
    }
    const now = state.phones.find((one) => one.id === held);
    setText("standing-vi", now.vi);
    setText("standing-en", now.en);
    by("resume").hidden = !now.draft || Boolean(state.running);
  }

  // The rest of the page

  function drawSteps() {
    const now = JSON.stringify(state.steps);
    const home = by("steps");
    if (home.dataset.drawn === now) return;
    home.dataset.drawn = now;
    state.steps.forEach((step, at) => {
      let item = home.children[at];
      if (!item) item = home.appendChild(element("li"));
      item.className = `step ${step.at}`;
      item.title = step.name;
      if (step.at === "now") item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
      const label = english("span", step.en);
      item.replaceChildren(element("b", "", step.at === "done" ? "✓" : String(step.number)), element("span", "", step.vi), label);
    });
    while (home.children.length > state.steps.length) home.lastChild.remove();
  }

  function drawArrived() {
    const now = JSON.stringify(state.arrived);
    const home = by("arrived");
    if (home.dataset.drawn === now) return;
    home.dataset.drawn = now;
    if (!state.arrived.length) {
      home.replaceChildren(element("li", "none", body.dataset.nothing));
      return;
    }
    home.replaceChildren(...state.arrived.map((one) => {
      const item = element("li");
      const words = element("span", "", `${one.vi} → ${one.to} `);
      const small = element("small", "", one.en);
      small.lang = "en";
      words.append(small);
      item.append(element("time", "", one.at), words);
      return item;
    }));
  }

  function draw() {
    if (!state) return;
    setText("caption-vi", state.caption.vi);
    setText("caption-en", state.caption.en);
    if (!state.ready) return;
    drawPeople();
    drawPhones();
    drawSteps();
    drawArrived();
    setText("date", state.date);
    setText("time", state.time);
    by("product").hidden = !state.status;
    setText("code", state.status && state.status.code ? `${body.dataset.code} ${state.status.code}` : "");
    setText("status-vi", state.status ? state.status.vi : "");
    setText("status-en", state.status ? state.status.en : "");
    const running = state.running || pressed;
    const wanted = state.done.indexOf(false) + 1;
    for (const guide of guides) {
      const number = Number(guide.dataset.guide);
      guide.disabled = Boolean(running);
      guide.classList.toggle("running", running === number);
      guide.classList.toggle("done", state.done[number - 1]);
      guide.classList.toggle("wanted", !running && number === wanted);
    }
    by("next").disabled = Boolean(running);
    by("reset").disabled = Boolean(pressed);
    for (const pack of packs) {
      pack.setAttribute("aria-pressed", String(pack.dataset.pack === state.pack));
      pack.disabled = Boolean(pressed);
    }
    const acting = running ? state.actor : "";
    by("side-producer").classList.toggle("acting", Boolean(acting) && acting === producer().id);
    by("side-office").classList.toggle("acting", Boolean(acting) && acting !== producer().id);
    body.dataset.five = String(state.done.slice(0, 5).every(Boolean));
    body.dataset.begun = String(Boolean(running) || state.done[0]);
    body.dataset.ready = String(state.ready && !running);
  }

  function take(told) {
    state = told;
    if (state.ready) seats();
    draw();
  }

  async function ask() {
    clearTimeout(timer);
    try {
      const answer = await fetch("/demo/state");
      if (!answer.ok) throw new Error(String(answer.status));
      take(await answer.json());
    } catch {
      setText("caption-vi", body.dataset.offline);
      setText("caption-en", body.dataset.offlineEn);
    }
    timer = setTimeout(ask, state && (state.running || pressed || !state.ready) ? BUSY : CALM);
  }

  async function press(path, number) {
    if (pressed) return;
    pressed = number;
    // The visitor asks for what comes now, wherever they were reading.
    for (const frame of Object.values(frames)) frame.contentWindow.postMessage("show-next", location.origin);
    draw();
    if (number > 0 && window.matchMedia("(max-width: 760px)").matches) {
      // The buttons are sticky: the caption's place tells where they belong.
      const buttons = document.querySelector(body.dataset.five === "true" ? ".further" : ".buttons");
      window.scrollTo({ top: by("caption").getBoundingClientRect().top + window.scrollY - buttons.offsetHeight - 8 });
    }
    ask();
    try {
      const answer = await fetch(path, { method: "POST" });
      if (answer.ok) take(await answer.json());
    } catch {
      // The next look at the state tells what became of it.
    } finally {
      pressed = 0;
      followed = state && state.actor ? state.actor : "";
      ask();
    }
  }

  for (const guide of guides) guide.addEventListener("click", () => press(`/demo/guide/${guide.dataset.guide}`, Number(guide.dataset.guide)));
  for (const pack of packs) pack.addEventListener("click", () => {
    if (state && state.pack !== pack.dataset.pack) press(`/demo/pack/${encodeURIComponent(pack.dataset.pack)}`, -2);
  });
  for (const view of views) view.addEventListener("click", () => look(view.dataset.view));
  for (const tab of tabs) tab.addEventListener("click", () => { if (state && state.ready) hold(tab.dataset.phone); });
  by("resume").addEventListener("click", () => press(`/demo/resume/${held}`, -3));
  by("next").addEventListener("click", () => press("/demo/next", -1));
  by("reset").addEventListener("click", () => {
    if (window.confirm(body.dataset.sure)) press("/demo/reset", -2);
  });
  window.matchMedia("(max-width: 1120px)").addEventListener("change", draw);
  ask();
})();
