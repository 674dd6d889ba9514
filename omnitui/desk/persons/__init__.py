"""Who is who: what proves an address, who may be one person, who became one and was parted."""
