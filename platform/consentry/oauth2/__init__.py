"""The OAuth 2 and OpenID Connect door: HTTP in, HTTP out.

Owns the protocol endpoints, grants, client authentication, checks of requests and
response modes. Leaves people's pages to `interaction`, tokens to `tokens`.
"""
