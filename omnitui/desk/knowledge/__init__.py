"""The knowledge base: articles in files, found by full text, put into replies."""
