"""URLs of those contenders that bring none."""
