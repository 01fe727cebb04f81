"""A settings module for each contender."""
