"""Clients: what their metadata may say, and how they come to be. The same rules for the console, the commands, the API and registration."""
