"""Mails that the desk itself writes to customers, in their language: what they missed in a chat,
a one-time code, the text of a chat. Templates of agents' replies are not here."""
