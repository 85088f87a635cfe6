"""When the certificate by which an application proves itself ends."""

from datetime import datetime

from intake.oauth.grant import Grant


def certificate_of(pem: str) -> datetime | str | None:
    """Its end, UTC; or in words what is wrong with private key or certificate. None where nobody can tell: the library
    is not installed."""
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ModuleNotFoundError:
        return None
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        return "the file holds no certificate"
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):
        return "the file holds no private key that can be read"
    if not isinstance(key, RSAPrivateKey):
        return "its key is no RSA key"
    if key.public_key() != certificate.public_key():
        return "its private key is not that of its certificate"
    return certificate.not_valid_after_utc


def ends(grant: Grant) -> datetime | None:
    """Of a grant; None where it has no certificate."""
    found = certificate_of(grant.certificate.get_secret_value()) if grant.certificate.get_secret_value() else None
    return found if isinstance(found, datetime) else None
