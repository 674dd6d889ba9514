"""Who is there: visitors, agents, who types, who is kept out."""
