"""SQL statements on a warehouse (api-facts: 8.1): SELECT, INSERT, UPDATE, DELETE, CREATE TABLE and DROP TABLE, run by DuckDB.

The rows are in `tables.duckdb` beside `workspace.db`: they survive a restart and a kill, and a reset brings the seed's rows back. A table
of the seed is put there when a statement first touches it. Statements and their results are in memory alone.
"""
