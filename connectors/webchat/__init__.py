"""Web chat: a desk's end (connector), the public server (relay), the widget on the site.

The relay and the widget know nothing of the connector, and it nothing of them: what they share is
the protocol (docs/relay-protocol.md), and its few fixed values in `protocol`.
"""
