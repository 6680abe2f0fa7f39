"""Certificates for a trial, from a trial's own authority; or a request for those of a real one (RFC 5280, RFC 2986)."""

import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID = timedelta(days=397)
AUTHORITY_VALID = timedelta(days=3653)


@dataclass(frozen=True)
class Tls:
    """Where they lie: our certificate, its key, and the authority whose certificates we believe."""

    certificate: Path
    key: Path
    ca: Path


def authority(folder: Path, name: str) -> Path:
    """A trial's authority (`ca.crt`, and `ca.key` with 0600), made if it is not there. Its certificate."""
    certificate, key_path = folder / "ca.crt", folder / "ca.key"
    if not certificate.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key, subject, now = ec.generate_private_key(ec.SECP256R1()), _name(name), datetime.now(UTC)
        made = (
            x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number(), now,
                                    now + AUTHORITY_VALID)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )  # fmt: skip
        _secret(key_path, key)
        certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return certificate


def request(folder: Path, name: str, hosts: Sequence[str]) -> Path:
    """A request to a real authority, and its key beside it (0600). The request."""
    key = _key(folder / f"{name}.key")
    made = (
        x509.CertificateSigningRequestBuilder(_name(name)).add_extension(_hosts(hosts), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = folder / f"{name}.csr"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return path


def issue(trial: Path, csr: Path) -> Path:
    """What a trial's authority makes of a request, beside it: for a server and for a client, which a broker is both."""
    asked = x509.load_pem_x509_csr(csr.read_bytes())
    ca = x509.load_pem_x509_certificate((trial / "ca.crt").read_bytes())
    key = serialization.load_pem_private_key((trial / "ca.key").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(ca.subject, asked.subject, asked.public_key(), x509.random_serial_number(), now,
                                now + VALID)
        .add_extension(asked.extensions.get_extension_for_class(x509.SubjectAlternativeName).value, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
                       critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = csr.with_suffix(".crt")
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return path


def ends(certificate: Path) -> datetime:
    return x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _hosts(hosts: Sequence[str]) -> x509.SubjectAlternativeName:
    names = list[x509.GeneralName]()
    for host in hosts:
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(host)))
        except ValueError:
            names.append(x509.DNSName(host))
    return x509.SubjectAlternativeName(names)


def _key(path: Path) -> ec.EllipticCurvePrivateKey:
    if path.exists():
        key = serialization.load_pem_private_key(path.read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key
    key = ec.generate_private_key(ec.SECP256R1())
    _secret(path, key)
    return key


def _secret(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
