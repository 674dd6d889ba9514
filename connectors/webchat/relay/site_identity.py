"""Who a site says its visitor is: a JWT (RFC 7519) that the shop's server signs with HS256."""

from __future__ import annotations

import warnings
from typing import Any

import jwt

from connectors.webchat.relay.frames import EMAIL, one_line
from connectors.webchat.relay.records import Millis, SignedIn

LEEWAY = 30
"""Seconds that the site's clock may be off."""
FURTHEST = 7 * 86_400
"""Seconds that `exp` may lie ahead: a JWT that leaks is not good for ever."""
LEAST_SECRET = 8
"""Bytes: a shorter one is guessed from one JWT within minutes."""
GOOD_SECRET = 32
"""Bytes that it should have (RFC 7518 §3.2)."""

# A short secret is said once, when the site is opened.
warnings.filterwarnings("ignore", category=jwt.InsecureKeyLengthWarning)


class BadIdentity(Exception):
    """It proves nothing. `str()` is one sentence for the site's developers."""


class WeakSecret(ValueError):
    """`identity_secret` is too short."""


def check_secret(secret: str) -> None:
    """Raises `WeakSecret`."""
    if len(secret.encode()) < LEAST_SECRET:
        raise WeakSecret(f"identity_secret needs at least {LEAST_SECRET} bytes.")


def read(token: str, secret: str, now: Millis) -> SignedIn:
    """Raises `BadIdentity`. What the JWT holds besides is not looked at."""
    try:
        claims = jwt.decode(
            token,
            secret,
            algorithms=["HS256"],
            leeway=LEEWAY,
            options={"require": ["exp", "sub"], "verify_aud": False, "verify_sub": False},
        )
    except jwt.ExpiredSignatureError:
        raise BadIdentity("The JWT has expired.") from None
    except jwt.ImmatureSignatureError:
        raise BadIdentity("The JWT is not valid yet (iat, nbf).") from None
    except jwt.MissingRequiredClaimError as error:
        raise BadIdentity(f"The JWT has no `{error.claim}`.") from None
    except jwt.InvalidAlgorithmError:
        raise BadIdentity("The JWT has to be signed with HS256.") from None
    except jwt.InvalidSignatureError:
        raise BadIdentity("The JWT is not signed with this site's identity_secret.") from None
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        raise BadIdentity("This is no JWT that can be read.") from None
    if _number(claims["exp"]) * 1000 > now + (FURTHEST + LEEWAY) * 1000:
        raise BadIdentity("The JWT is good for more than 7 days; make `exp` sooner.")
    email = _text(claims.get("email"), 254)
    if not EMAIL.fullmatch(email):
        email = ""
    proven = bool(email) and claims.get("email_verified", True) is True
    return SignedIn(_sub(claims["sub"]), email, proven, _text(claims.get("name"), 200))


def _sub(found: Any) -> str:
    """Numbers too, as many sites count their customers."""
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    if not isinstance(found, str) or not 1 <= len(found) <= 255 or found != one_line(found, 255):
        raise BadIdentity("`sub` has to be a text of 1 to 255 characters.")
    return found


def _text(found: Any, most: int) -> str:
    return one_line(found, most) if isinstance(found, str) else ""


def _number(found: Any) -> float:
    try:
        return float(found)
    except (TypeError, ValueError, OverflowError):
        raise BadIdentity("`exp` has to be a number.") from None
