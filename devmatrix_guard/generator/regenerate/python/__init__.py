"""Merge Python source by what it declares: outline, phrases, imports, layout."""
