"""A question to passages in one order.

In: a `Question`. Out: `Found` (`retriever.py`): the best papers with their signals, scores and sentences. Others use `Retriever`,
`Found` and `Hit`, the models of `expansion.py` and `second_pass.py`, and `orders.guarded` for what is handed out.
"""
