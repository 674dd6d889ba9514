// Keeps a connection while one is wanted: backs off with jitter, wakes when the network or the
// page comes back, notices a dead line, and falls back to long polls.

const SILENCE = 25e3;
const POLL_FOR = 3e5;

/** hooks: {hello(): Promise<frame>, frame(frame), state(state)}; states: off, connecting, on, lost. */
function createConnection(hooks) {
  let wanted = false;
  let line = null;
  let attempt = 0;
  let welcomed = 0;
  let pollUntil = 0;
  let retryTimer = 0;
  let silenceTimer = 0;
  let round = 0;

  /** Closes the line at hand, whose frames no longer count. */
  function drop() {
    round += 1;
    clearTimeout(retryTimer);
    clearTimeout(silenceTimer);
    if (line) line.close();
    line = null;
    welcomed = 0;
  }

  async function connect() {
    drop();
    if (!wanted) return;
    const mine = round;
    hooks.state(attempt ? "lost" : "connecting");
    const done = await turn();
    const hello = await hooks.hello();
    if (mine !== round) return done();
    const polling = Date.now() < pollUntil;
    const lost = (code) => {
      done();
      if (mine === round) retry(code, polling);
    };
    const heard = (frame) => {
      if (mine !== round) return;
      if (frame.type === "welcome") {
        welcomed = welcomed || Date.now();
        hooks.state("on");
      }
      listenFor(SILENCE);
      hooks.frame(frame);
      if (frame.type === "welcome") done();
    };
    silenceTimer = setTimeout(lost, PATIENCE);
    try {
      line = (polling ? openPoll : openSocket)(hello, { frame: heard, closed: lost });
    } catch {
      lost(0);
    }
  }

  /** After that silence, asks whether anybody is there; without an answer the line is dead. */
  function listenFor(time) {
    clearTimeout(silenceTimer);
    silenceTimer = setTimeout(() => {
      line.send({ type: "ping" });
      silenceTimer = setTimeout(() => retry(0), PATIENCE / 2);
    }, time);
  }

  function retry(code, polling) {
    // A line that lasted was a good one; one that never opened is tried the other way at once.
    const lasted = welcomed && Date.now() - welcomed > PATIENCE;
    if (!welcomed && code < 4000 && !polling && navigator.onLine) pollUntil = Date.now() + POLL_FOR;
    else if (!welcomed && polling) pollUntil = 0;
    attempt = lasted ? 1 : attempt + 1;
    drop();
    hooks.state("lost");
    const most = Math.min(3e4, 500 * 2 ** attempt);
    retryTimer = setTimeout(connect, (code === 4403 || code === 4429 ? 3e4 : most) * (0.5 + Math.random() / 2));
  }

  function wake() {
    if (!wanted || document.hidden) return;
    // One that is being opened is left alone: it has its own time-out.
    if (!welcomed) line || connect();
    else listenFor(0);
  }

  addEventListener("online", wake);
  addEventListener("pageshow", (event) => event.persisted && wake());
  addEventListener("offline", () => welcomed && listenFor(0));
  document.addEventListener("visibilitychange", wake);

  return {
    open() {
      if (wanted) return;
      wanted = true;
      attempt = 0;
      connect();
    },
    close() {
      wanted = false;
      drop();
      hooks.state("off");
    },
    /** Says hello anew, as another visitor or from another place. */
    restart: () => wanted && connect(),
    /** False when there is no line; durable frames go again after the next welcome. */
    send: (frame) => !!(welcomed && line && (line.send(frame), true)),
  };
}
