"""Unity Catalog: the metastore, catalogs, schemas, tables and views; who owns them, and who was granted what on them (api-facts: 6).

Not simulated: creating, changing and deleting securables by the API (tables come and go by SQL), transfers of ownership, the limits on
the number of grants, the paginated `privilege-assignments`, and the random order of principals that the real service answers in.
"""
