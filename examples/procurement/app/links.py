"""Signed links: a supplier gets a file without an account, until the link expires or SECRET_KEY changes."""

import hashlib
import hmac


def sign(secret: str, file_id: int, expires: int) -> str:
    text = f"file:{file_id}:{expires}".encode()
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def is_valid(secret: str, file_id: int, expires: int, signature: str, now: float) -> bool:
    expected = sign(secret, file_id, expires).encode()
    return expires > now and hmac.compare_digest(expected, signature.encode())
