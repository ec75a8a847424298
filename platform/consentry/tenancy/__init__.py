"""Host to `TenantContext`: the first step of every request.

Owns which tenant a request belongs to, and what it finds there: policy, keys,
declared scopes and APIs, clients, store, clock. Code that was handed a context
cannot name another tenant.
"""
