"""The history of the schema. Each revision expands first and contracts a release later."""

HEAD = "0010"
"""The newest revision; serving processes compare it without loading the migrations."""
