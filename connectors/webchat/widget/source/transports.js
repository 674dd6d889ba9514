// Two ways to carry frames: a WebSocket and, where that does not open, long polls. Both are
// functions of (hello, hooks) with hooks {frame(frame), closed(code)} and give {send, close}.

const PATIENCE = 10e3;

function openSocket(hello, hooks) {
  const socket = new WebSocket(address("chat").replace(/^http/, "ws"));
  socket.onopen = () => socket.send(JSON.stringify(hello));
  socket.onmessage = (event) => hooks.frame(JSON.parse(event.data));
  socket.onclose = (event) => hooks.closed(event.code);
  return {
    send: (frame) => socket.readyState === 1 && socket.send(JSON.stringify(frame)),
    close: () => socket.close(),
  };
}

function openPoll(hello, hooks) {
  const stop = new AbortController();
  let session = null;
  let waiting = [];

  /** One request; frames to send go along, what has come is handed on. */
  async function exchange(frames) {
    const answer = await fetch(address("poll"), {
      method: "POST",
      body: JSON.stringify({ session, frames }),
      signal: stop.signal,
    });
    if (!answer.ok) throw new Error(answer.status);
    const came = await answer.json();
    session = came.session;
    came.frames.forEach(hooks.frame);
    if (came.close) end(came.close);
  }

  function end(code) {
    if (stop.signal.aborted) return;
    stop.abort();
    hooks.closed(code);
  }

  const fail = () => end(0);

  async function listen() {
    await exchange([hello]);
    while (!stop.signal.aborted) await exchange(waiting.splice(0));
  }

  listen().catch(fail);
  return {
    send(frame) {
      waiting.push(frame);
      queueMicrotask(() => session && waiting.length && exchange(waiting.splice(0)).catch(fail));
    },
    close: () => stop.abort(),
  };
}
