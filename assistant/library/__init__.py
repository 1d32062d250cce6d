"""Papers in; a generation out: store, vectors and words under the folder of a library, with readers and one writer.

Others use `generations.Library` and its `Snapshot`, `ingest.ingest`, `remove.remove`, `doctor`, the values `Head` and `Entry` of
`store`, the queries of `vector_index.Index` and `lexical_index.Lexical`, and `scratch.Scratch` for folders of one process.
"""
