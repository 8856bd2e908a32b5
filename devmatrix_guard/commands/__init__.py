"""One module per verb: the only place that joins the core with the edges."""
