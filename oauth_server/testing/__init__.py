"""For the tests of projects that use the server."""
