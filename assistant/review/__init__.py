"""Reviews: the papers of a question by topic, each sentence proved."""
