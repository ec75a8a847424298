"""One tenant with an administrator, a developer, a person and clients of every kind."""

from support.api_world import api, api_tenant, pg_api

__all__ = ["api", "api_tenant", "pg_api"]
