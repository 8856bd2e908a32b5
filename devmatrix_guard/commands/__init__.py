"""One folder per family of verbs: the only place that joins the core with the edges."""
