"""The demo: sample people, clients and an API, and the command that starts them."""
