"""What a project adds to the server without touching a view of it: each file is one thing that `docs/how-to/extend.md` tells of."""
