"""What an operator does, over HTTP: Ory Hydra's contract in `hydra/`. The acts themselves are in `deeds/`."""
