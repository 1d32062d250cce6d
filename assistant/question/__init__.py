"""A question, read once.

In: the words of the user, the earlier questions, the vocabulary of the library. Out: a `Question` (`read.py`) with the text to
search for, parts, names, the kind of answer, details, the premise, and how to answer. Others use `read.read`, `Question` and the
values in it, `rewrite.standalone` and `ModelRewriter`, and the functions on acronyms and names. Nothing here searches.
"""
