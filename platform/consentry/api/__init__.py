"""The machine-readable door beside the protocols: health, metrics and the JSON API.

Owns how requests are read (queries, JSON bodies, `If-Match`, `Idempotency-Key`), who they come
from, how answers and refusals are written, and the OpenAPI document. What is done, and who may
do it, is `operations`.
"""
