"""The pages between an authorization request and its answer: which are needed, and the state that survives them."""
