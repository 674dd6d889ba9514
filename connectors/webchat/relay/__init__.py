"""The relay: a small public web server between visitors' browsers and one or more desks.

`app.create_app` wires it. `journal` keeps what must not be lost, `hub` knows who is connected,
`session` speaks the visitors' protocol over a WebSocket or a long poll, and the desk's side
(HTTP and server-sent events) stands on the same two. docs/relay-protocol.md is the protocol.
"""
