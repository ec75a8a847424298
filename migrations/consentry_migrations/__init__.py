"""The history of the schema. Each revision expands first and contracts a release later."""
