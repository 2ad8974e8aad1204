"""The subject of a client's certificate, as a proxy spells it (RFC 4514, and RFC 2253 before).

Decides which account a certificate stands for: the one that its common name names.
"""

from __future__ import annotations

from cryptography.x509 import Name
from cryptography.x509.oid import NameOID

# Names that OpenSSL and Go write, beside those of RFC 4514 itself.
_MORE = {
    "emailAddress": NameOID.EMAIL_ADDRESS,
    "serialNumber": NameOID.SERIAL_NUMBER,
    "SERIALNUMBER": NameOID.SERIAL_NUMBER,
    "POSTALCODE": NameOID.POSTAL_CODE,
    "postalCode": NameOID.POSTAL_CODE,
    "SN": NameOID.SURNAME,
    "GN": NameOID.GIVEN_NAME,
    "title": NameOID.TITLE,
}


def common_name(subject: str) -> str | None:
    """The common name; None if there is not exactly one, or the subject is not understood."""
    try:
        found = Name.from_rfc4514_string(subject, _MORE).get_attributes_for_oid(NameOID.COMMON_NAME)
    except ValueError:
        return None
    return str(found[0].value) if len(found) == 1 else None
