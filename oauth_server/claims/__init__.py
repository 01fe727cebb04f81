"""Claims about people: which there are, and under which subject a client knows them."""
