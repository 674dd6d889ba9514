"""Certificates for loopback: a good one, an expired one and one for another host."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.servers.process import require

_HERE = "DNS:localhost,IP:127.0.0.1"


@dataclass(frozen=True, slots=True)
class Certificate:
    """Self-signed: `cert` is also the CA file a client verifies it by."""

    cert: Path
    key: Path


def make(directory: Path, name: str = "server", *, days: int = 30, san: str = _HERE) -> Certificate:
    require("openssl", package="openssl")
    made = Certificate(directory / f"{name}.pem", directory / f"{name}.key")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "30", "-subj", f"/CN={name}", "-addext", f"subjectAltName={san}",
         "-keyout", str(made.key), "-out", str(made.cert)],
        check=True, capture_output=True,
    )  # fmt: skip
    if days <= 0:
        _backdate(made)
    made.key.chmod(0o644)  # a throw-away key that the server's own user has to read
    return made


def _backdate(made: Certificate) -> None:
    """Sign it again with dates in the past: `req` itself only makes certificates valid now."""
    directory = made.cert.parent
    (directory / "index.txt").write_text("")
    (directory / "serial").write_text("01\n")
    configuration = directory / "ca.cnf"
    configuration.write_text(
        f"[ca]\ndefault_ca=x\n[x]\nnew_certs_dir={directory}\ndatabase={directory}/index.txt\n"
        f"serial={directory}/serial\ndefault_md=sha256\npolicy=p\nx509_extensions=e\n"
        f"[p]\ncommonName=supplied\n[e]\nsubjectAltName={_HERE}\nbasicConstraints=CA:true\n"
    )
    request = directory / "expired.csr"
    subprocess.run(
        ["openssl", "req", "-new", "-key", str(made.key), "-subj", "/CN=expired",
         "-out", str(request)],
        check=True, capture_output=True,
    )  # fmt: skip
    subprocess.run(
        ["openssl", "ca", "-batch", "-selfsign", "-config", str(configuration), "-notext",
         "-keyfile", str(made.key), "-in", str(request), "-out", str(made.cert),
         "-startdate", "20200101000000Z", "-enddate", "20200201000000Z"],
        check=True, capture_output=True,
    )  # fmt: skip
