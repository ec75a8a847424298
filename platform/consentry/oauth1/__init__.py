"""OAuth 1.0a: temporary credentials, a person's approval, token credentials (RFC 5849).

Owns its endpoints and how they answer. Leaves what is signed to `spec.oauth1`, whom a signature
stands for to `tokens`, and the pages to `interaction`.
"""
