"""A file per URL: parse, call, render; nothing else."""
