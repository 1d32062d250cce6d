"""Texts and messages in; vectors, replies, counts of tokens and costs out.

Others use `embedders` (own weights), `endpoint` (OpenAI-compatible), `budget` (caps on cost), `prompts`, `tokens`, and
`threads.one_thread`. `onnx_graph`, `reasoning`, `streams` and `wire` serve these modules alone.
"""
