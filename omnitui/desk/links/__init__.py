"""One-time links: how a customer goes on in another channel and is still themselves."""
