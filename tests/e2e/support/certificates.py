"""Certificates that vouch for themselves."""

import ssl

from .tools import client, run


class Certificate:
    """A certificate and its key in two files, which renew() writes anew."""

    def __init__(self, directory, name="certificate", of="DNS:ns.example"):
        self.file, self.key, self.of = directory / f"{name}.pem", directory / f"{name}.key", of
        self.renew()

    def renew(self):
        run(client("openssl", "openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-days", "2", "-subj", "/CN=test", "-addext", f"subjectAltName={self.of}",
            "-keyout", str(self.key), "-out", str(self.file))

    def der(self):
        return ssl.PEM_cert_to_DER_cert(self.file.read_text())
