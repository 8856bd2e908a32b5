"""What other commands show: a list or a page of one subject a module."""
