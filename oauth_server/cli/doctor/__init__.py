"""`oauth doctor`: a running deployment, seen from outside: a file per thing that is looked at."""
