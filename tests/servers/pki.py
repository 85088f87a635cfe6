"""A private certificate authority and one server certificate, for localhost and 127.0.0.1, made by openssl in 50 ms."""

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


@dataclass(frozen=True, slots=True)
class Pki:
    ca: Path
    certificate: Path
    key: Path

    def client(self) -> ssl.SSLContext:
        """Trusts this authority alone."""
        return ssl.create_default_context(cafile=str(self.ca))

    def server(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def make(directory: Path, host: str = "localhost") -> Pki:
    """`host` is named in the certificate beside localhost and 127.0.0.1."""
    directory.mkdir(parents=True)
    authority = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"]
    openssl(directory, "req", "-x509", *KEY, "-days", "2", "-subj", "/CN=Test authority", *authority,
            "-keyout", "ca.key", "-out", "ca.pem")  # fmt: skip
    openssl(directory, "req", *KEY, "-subj", f"/CN={host}", "-keyout", "server.key", "-out", "server.csr")
    names = f"subjectAltName=DNS:{host},DNS:localhost,IP:127.0.0.1"
    (directory / "ext").write_text(f"{names}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n")
    openssl(directory, "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-days", "2", "-extfile", "ext", "-out", "server.pem")  # fmt: skip
    return Pki(directory / "ca.pem", directory / "server.pem", directory / "server.key")


def openssl(directory: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=directory, check=True, stdin=subprocess.DEVNULL, capture_output=True)
