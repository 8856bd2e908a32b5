"""Where a line of an application comes from, and which of them people decided on."""
