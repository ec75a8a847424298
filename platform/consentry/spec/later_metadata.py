"""Registered client metadata whose features are not here; only the default may be set.

Each name is known, so that it is refused as not supported rather than as a typing error.
"""

from pydantic import BaseModel

from .metadata_types import LaterFlag, LaterObject, LaterText, LaterTexts


class LaterMetadata(BaseModel):
    """Names from IANA's OAuth Dynamic Client Registration Metadata registry."""

    # Encryption (OIDC Registration §2)
    id_token_encrypted_response_alg: LaterText = None
    id_token_encrypted_response_enc: LaterText = None
    userinfo_encrypted_response_alg: LaterText = None
    userinfo_encrypted_response_enc: LaterText = None
    # Request objects (OIDC Registration §2, RFC 9101 §10.5)
    request_object_signing_alg: LaterText = None
    request_object_encryption_alg: LaterText = None
    request_object_encryption_enc: LaterText = None
    request_uris: LaterTexts = ()
    require_signed_request_object: LaterFlag = False
    # Pushed requests (RFC 9126 §6), rich requests (RFC 9396 §10), DPoP (RFC 9449 §5.2)
    require_pushed_authorization_requests: LaterFlag = False
    authorization_details_types: LaterTexts = ()
    dpop_bound_access_tokens: LaterFlag = False
    # Mutual TLS (RFC 8705 §2.1.2, §3.4; FAPI 2.0 §5.2.2.1.1)
    tls_client_auth_subject_dn: LaterText = None
    tls_client_auth_san_dns: LaterText = None
    tls_client_auth_san_uri: LaterText = None
    tls_client_auth_san_ip: LaterText = None
    tls_client_auth_san_email: LaterText = None
    tls_client_certificate_bound_access_tokens: LaterFlag = False
    use_mtls_endpoint_aliases: LaterFlag = False
    # Signed introspection answers (RFC 9701 §6)
    introspection_signed_response_alg: LaterText = None
    introspection_encrypted_response_alg: LaterText = None
    introspection_encrypted_response_enc: LaterText = None
    # UMA 2.0 §2, ETSI NFV-SEC 022, OpenID Federation §5, OpenID4VP §5.1 and §11.1
    claims_redirect_uris: LaterTexts = ()
    nfv_token_signed_response_alg: LaterText = None
    nfv_token_encrypted_response_alg: LaterText = None
    nfv_token_encrypted_response_enc: LaterText = None
    client_registration_types: LaterTexts = ()
    signed_jwks_uri: LaterText = None
    encrypted_response_enc_values_supported: LaterTexts = ()
    vp_formats_supported: LaterObject = None
