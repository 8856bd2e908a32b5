"""Sets a repository up, takes it out again, and says what is wrong with it."""
