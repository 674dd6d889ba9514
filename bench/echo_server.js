// The other peer of the relay: the same echo by Node's `ws` (apt install nodejs node-ws).
"use strict";
const { WebSocketServer } = require("ws");
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
server.on("listening", () => console.log(server.address().port));
server.on("connection", (socket) => socket.on("message", (data) => socket.send(data.toString())));
