# SPDX-License-Identifier: Apache-2.0
"""Makes certificates, good for a test and for nothing else."""

import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


def alternative(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


class Certificate:
    """A self-signed one for `names`, in PEM, below `directory`."""

    def __init__(self, directory, *names, days=(-1, 2)):
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.datetime.utcnow()
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME,
                                                names[0])])
        made = (x509.CertificateBuilder()
                .subject_name(subject).issuer_name(subject)
                .public_key(key.public_key())
                .serial_number(x509.random_serial_number())
                .not_valid_before(now + days[0] * DAY)
                .not_valid_after(now + days[1] * DAY)
                .add_extension(x509.SubjectAlternativeName(
                    [alternative(name) for name in names]), False)
                .add_extension(x509.BasicConstraints(True, None), True)
                .sign(key, hashes.SHA256()))
        self.made, self.private = made, key
        self.cert = directory / "cert.pem"
        self.key = directory / "key.pem"
        self.cert.write_bytes(made.public_bytes(
            serialization.Encoding.PEM))
        self.key.write_bytes(key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))

    def revocations(self, path, *serials):
        """A list of revoked certificates, signed by this one."""
        now = datetime.datetime.utcnow()
        builder = (x509.CertificateRevocationListBuilder()
                   .issuer_name(self.made.subject)
                   .last_update(now - DAY).next_update(now + DAY))
        for serial in serials:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(serial)
                .revocation_date(now - DAY).build())
        path.write_bytes(builder.sign(self.private, hashes.SHA256())
                         .public_bytes(serialization.Encoding.PEM))
        return path

    def for_nginx(self):
        return (f"ssl_certificate {self.cert}; "
                f"ssl_certificate_key {self.key};")
