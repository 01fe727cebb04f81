"""Signing keys: made, stored, rotated, published. `jose.py` is the only place that touches a JOSE library."""
