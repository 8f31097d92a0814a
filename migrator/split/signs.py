"""What a compiled program shows of what it may do: start programs, look up names, use certificates, time zones, files.

Go keeps the names of its functions in the file even when it is stripped (https://go.dev/s/go12symtab); of others the
names that they import, or their own symbols, tell. A sign is a reason to doubt, not a proof that it happens.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.verify.entry import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from migrator.split.image import Look
    from migrator.verify.formats.programs import Linkage

_GO = b"\xff Go buildinf:"
_GO_STARTS = (b"os/exec.(*Cmd).Start", b"os.StartProcess", b"syscall.Exec\0", b"syscall.forkExec")
_GO_ZONES = (b"time.LoadLocation",)
_GO_TEMPORARY = (b"os.CreateTemp", b"os.MkdirTemp", b"ioutil.TempFile", b"ioutil.TempDir")
_GO_TLS = (b"crypto/x509.initSystemRoots", b"crypto/x509.loadSystemRoots")
_STARTS = frozenset(
    "system popen execve execv execvp execvpe execl execlp execle fexecve posix_spawn posix_spawnp wordexp".split()
)
_LOADS = frozenset(("dlopen", "dlmopen", "iconv_open"))
_LOOKS_UP = frozenset(
    "getaddrinfo gethostbyname gethostbyname_r gethostbyaddr getpwnam getpwnam_r getpwuid getpwuid_r getgrnam "
    "getgrnam_r getgrgid getgrgid_r getservbyname getservbyname_r initgroups getgrouplist".split()
)
_TEMPORARY = frozenset("mkstemp mkdtemp tmpfile tempnam tmpnam mkostemp".split())
_LOCALES = frozenset("setlocale newlocale nl_langinfo bindtextdomain".split())
_ZONES = frozenset("localtime localtime_r mktime tzset".split())
_TLS_LIBRARY = re.compile(r"lib(?:ssl|gnutls|curl|nss3|mbedtls|wolfssl)[\w.-]*\.so")
_PATH = re.compile(rb"/(?:etc|usr|var|opt|srv|home|root|lib|bin|sbin|app|data|config)(?:/[\w.@+-]+)+")
# What every program with a C library in it mentions, or what the engine puts into each container.
_OF_LIBC = re.compile(
    r"/etc/(?:ld\.so\.\w+|suid-debug|hosts|hostname|resolv\.conf|mtab)|/usr/lib/(?:[\w-]+/)?gconv/.*|/usr/lib/locale(?:/.*)?|"
    r"/usr/share/locale(?:/.*)?|/usr/lib/getconf|/var/tmp|/var/profile"
)
_SOURCES = (".go", ".s", ".c", ".h", ".rs", ".cc", ".cpp")
CERTIFICATES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
ZONES = "/usr/share/zoneinfo"


@dataclass(frozen=True)
class Signs:
    """What may happen, each as the sign of it, None where there is none."""

    starts: str | None
    loads: str | None
    looks_up: str | None
    certificates: str | None
    zones: str | None
    temporary: str | None
    locales: str | None


def signs(data: bytes, linkage: Linkage) -> Signs:
    """The signs in a program."""
    if _GO in data:
        return _of_go(data, linkage)
    static = linkage.static
    names = linkage.imports if not static else linkage.symbols
    known = names or frozenset()
    shell = "/bin/sh" if b"/bin/sh\0" in data else None
    # In a static program of glibc dlopen is always there; what calls it in earnest shows itself by its own names.
    loads = None if static else _first(known, _LOADS)
    lookups = _first(known, _LOOKS_UP) or ("/etc/nsswitch.conf" if b"/etc/nsswitch.conf" in data else None)
    tls = next((name for name in linkage.needed if _TLS_LIBRARY.match(name)), None)
    tls = tls or next((path for path in CERTIFICATES if path.encode() in data), None)
    return Signs(
        _first(known, _STARTS) or shell,
        loads,
        lookups,
        tls,
        _first(known, _ZONES) if not static else None,
        _first(known, _TEMPORARY),
        _first(known, _LOCALES),
    )


def _of_go(data: bytes, linkage: Linkage) -> Signs:
    imports = linkage.imports
    return Signs(
        _text(data, _GO_STARTS) or _first(imports, _STARTS),
        _text(data, (b"plugin.Open",)) or _first(imports, _LOADS),
        _first(imports, _LOOKS_UP),
        _text(data, _GO_TLS),
        _text(data, _GO_ZONES),
        _text(data, _GO_TEMPORARY),
        None,
    )


def _first(names: Iterable[str], wanted: frozenset[str]) -> str | None:
    return next(iter(sorted({name.partition("@")[0] for name in names} & wanted)), None)


def _text(data: bytes, wanted: Iterable[bytes]) -> str | None:
    return next((one.rstrip(b"\0").decode() for one in wanted if one in data), None)


def mentioned(data: bytes, look: Look, skip: Collection[int] = ()) -> tuple[str, ...]:
    """The files of an image whose whole path stands in a program, and the folders that its Dockerfile made.

    Go's texts stand one behind the other without an end between them, so the longest beginning of what looks like a
    path counts that is a file. `skip` are instructions whose files do not count.
    """
    makers = look.makers or {}
    seen: dict[str, None] = {}
    for text in sorted({match[0].decode("ascii") for match in _PATH.finditer(data)}):
        for end in range(len(text), 4, -1):
            path = text[:end]
            real = look.real(path) if not _OF_LIBC.fullmatch(path) and not path.endswith(_SOURCES) else None
            if real is None or real == "/" or makers.get(real) in skip:
                continue
            kind = look.files[real].kind
            made = makers.get(real) is not None and end == len(text)
            if kind is Kind.FILE or (kind is Kind.FOLDER and made):
                seen[path] = None
                break
    return tuple(seen)


def is_program(look: Look, path: str) -> bool:
    """Whether a path of an image is a file that can be started."""
    entry = look.file(path)
    return entry is not None and bool(entry.mode & 0o111) and not re.search(r"\.so(?:\.|$)", path)
