"""For the tests of projects that use the server."""

CALLBACK = "https://rp.example/callback"
PASSWORD = "correct horse battery staple"
