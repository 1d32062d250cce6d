"""Passages to an answer, every sentence with a verdict, or to a refusal.

In: a question's text and the tools that the settings name. Out: events, the `Answer` last. Others use `pipeline.events`,
`pipeline.checked` and `toolbox.Toolbox`; `eval` also uses `confidence` and `extract`, whose constants `eval` fits. The steps
(`steps.py`) take and give a `Draft`, and the flows (`flows.py`) put the steps in order.
"""
