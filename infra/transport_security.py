"""What is wrong with how a service on another host would be spoken to.

Certificates of PostgreSQL and Redis are named in their URLs, as the tools of both read them.
"""

from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

# With less than these, whoever sits in between may answer in the server's place.
_VERIFYING_MODES: Final = frozenset({"verify-ca", "verify-full"})


def is_this_machine(host: str) -> bool:
    """Whether the host is loopback, where nobody else listens."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def database_problem(url: str, *, must_be_safe: bool) -> str | None:
    """What is wrong with the TLS of a `postgresql://` URL, or None."""
    parts = urlsplit(url)
    options = parse_qs(parts.query)
    mode = options.get("sslmode", [""])[-1]
    authority = options.get("sslrootcert", [""])[-1]
    if mode in _VERIFYING_MODES and not authority:
        return f"needs sslrootcert=<file> with sslmode={mode}"
    if authority and (problem := certificate_problem(Path(authority))):
        return f"names with sslrootcert {problem}"
    is_exposed = must_be_safe and not is_this_machine(parts.hostname or "")
    if is_exposed and mode not in _VERIFYING_MODES:
        return "would reach another host unprotected: needs sslmode=verify-full and sslrootcert"
    return None


def redis_problem(url: str, *, must_be_safe: bool) -> str | None:
    """What is wrong with the TLS of a `redis://` or `rediss://` URL, or None."""
    parts = urlsplit(url)
    options = parse_qs(parts.query)
    authority = options.get("ssl_ca_certs", [""])[-1]
    if authority and (problem := certificate_problem(Path(authority))):
        return f"names with ssl_ca_certs {problem}"
    if not must_be_safe or is_this_machine(parts.hostname or ""):
        return None
    if parts.scheme != "rediss":
        return "would reach another host unprotected: needs rediss://"
    if options.get("ssl_cert_reqs", ["required"])[-1] != "required":
        return "must not switch ssl_cert_reqs off"
    if options.get("ssl_check_hostname", ["true"])[-1].lower() not in {"true", "1", "yes"}:
        return "must not switch ssl_check_hostname off"
    return None


def kafka_hosts(bootstrap: str) -> list[str]:
    """The hosts of `host:port,host:port`."""
    return [address.rpartition(":")[0] for address in bootstrap.split(",") if address]


def certificate_problem(path: Path) -> str | None:
    """Why no certificates can be read from the file, or None."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return f"a file that cannot be read: {path} ({error.strerror})"
    return None if "-----BEGIN CERTIFICATE-----" in text else f"a file without certificates: {path}"
