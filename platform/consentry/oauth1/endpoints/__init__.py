"""The endpoints of OAuth 1.0a, one file each (RFC 5849 §2)."""
