"""What speaks for two customers being one person, and proves nothing: what they say of themselves.

It is kept as claims, compared, and put before an agent as a suggestion. Nothing here links,
moves or sends anything.
"""
