"""Unity Catalog: what it guards, from the metastore to a connection; who owns each thing, and who was granted what on it (api-facts: 6).

Not simulated: changes of a securable other than of its owner and comment, managed tables made by the API rather than by SQL, the limits on
the number of grants, pipelines, clean rooms and external metadata as securables, that `system` is read-only whatever is granted there, and
the random order of principals that the real service answers in.
"""
