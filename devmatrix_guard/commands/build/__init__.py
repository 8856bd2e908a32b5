"""From a spec to a green application: one pipeline of the commands there are, with a memory."""
