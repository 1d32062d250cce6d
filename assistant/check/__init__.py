"""Drafts checked: each sentence of a paper in the making held against what it cites, then against the rest of the library."""
