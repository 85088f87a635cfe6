"""A private certificate authority and one server certificate, for localhost and 127.0.0.1, made by openssl in 60 ms."""

import ssl
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

VALID = timedelta(days=2)
"""Before now and after: the clocks of some tests jump, and a certificate that is not valid yet is not trusted."""
CONFIG = """
[ca]
default_ca = any
[any]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = anything
[anything]
commonName = supplied
"""
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
    (directory / "ca.cnf").write_text(CONFIG)
    (directory / "index.txt").touch()
    openssl(directory, "req", *KEY, "-subj", "/CN=Test authority", "-keyout", "ca.key", "-out", "ca.csr")
    openssl(directory, "req", *KEY, "-subj", f"/CN={host}", "-keyout", "server.key", "-out", "server.csr")
    _sign(directory, "ca", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n", "-selfsign")
    names = f"subjectAltName=DNS:{host},DNS:localhost,IP:127.0.0.1"
    server = f"{names}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n"
    _sign(directory, "server", server, "-cert", "ca.pem")
    return Pki(directory / "ca.pem", directory / "server.pem", directory / "server.key")


def _sign(directory: Path, name: str, extensions: str, *how: str) -> None:
    now = datetime.now(UTC)
    (directory / f"{name}.ext").write_text(extensions)
    openssl(directory, "ca", "-batch", "-notext", "-config", "ca.cnf", "-keyfile", "ca.key", *how,
            "-startdate", f"{now - VALID:%Y%m%d%H%M%SZ}", "-enddate", f"{now + VALID:%Y%m%d%H%M%SZ}",
            "-extfile", f"{name}.ext", "-in", f"{name}.csr", "-out", f"{name}.pem")  # fmt: skip


def openssl(directory: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=directory, check=True, stdin=subprocess.DEVNULL, capture_output=True)
