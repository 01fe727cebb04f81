"""Signing keys: made, stored, rotated, published. `jose.py`, `jwe.py` and `jwk.py` are the only places that touch a JOSE library."""
