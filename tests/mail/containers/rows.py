"""Format by variant: what real programs write, and what it must be recognised as. docs/containers-table.md is made of these rows."""

import bz2
import gzip
import lzma
from collections.abc import Callable
from dataclasses import dataclass

from tests.mail.containers import makers as m

P = f"-p{m.PASSWORD}"


@dataclass(frozen=True, slots=True)
class Row:
    """One file: the programs it needs, how it is made, and the expected type, state, algorithm and bits."""

    format: str
    variant: str
    tools: tuple[str, ...]
    make: Callable[[], bytes]
    type: str
    state: str
    algorithm: str = ""
    bits: int = 0

    @property
    def id(self) -> str:
        return f"{self.format}: {self.variant}"


def _zip(variant: str, make: Callable[[], bytes], state: str, algorithm: str = "", bits: int = 0, tools: tuple[str, ...] = ("7zz",)) -> Row:
    return Row("zip", variant, tools, make, "zip", state, algorithm, bits)


def _zip7(*options: str) -> Callable[[], bytes]:
    return lambda: m.by_7z("-tzip", *options, ending="zip")


def _bsdtar(kind: str, *more: str) -> Callable[[], bytes]:
    return lambda: m.by_bsdtar("--format", "zip", "--options", f"zip:encryption={kind}", *more)


ZIP = (
    _zip("AES-256, 7-Zip", _zip7("-mem=AES256", P), "strong", "AES-256", 256),
    _zip("AES-256 stored, 7-Zip", _zip7("-mem=AES256", "-mx0", P), "strong", "AES-256", 256),
    _zip("AES-256 deflate64, 7-Zip", _zip7("-mem=AES256", "-mm=Deflate64", P), "strong", "AES-256", 256),
    _zip("AES-256 bzip2, 7-Zip", _zip7("-mem=AES256", "-mm=BZip2", P), "strong", "AES-256", 256),
    _zip("AES-256 LZMA, 7-Zip", _zip7("-mem=AES256", "-mm=LZMA", P), "strong", "AES-256", 256),
    _zip("AES-256 PPMd, 7-Zip", _zip7("-mem=AES256", "-mm=PPMd", P), "strong", "AES-256", 256),
    _zip("AES-256 with NTFS times, 7-Zip", _zip7("-mem=AES256", "-mtc=on", P), "strong", "AES-256", 256),
    _zip("AES-192, 7-Zip", _zip7("-mem=AES192", P), "weak", "AES-192", 192),
    _zip("AES-128, 7-Zip", _zip7("-mem=AES128", P), "weak", "AES-128", 128),
    _zip("ZipCrypto, 7-Zip", _zip7("-mem=ZipCrypto", P), "weak", "ZipCrypto"),
    _zip("not encrypted, 7-Zip", _zip7(), "none"),
    _zip("one member plain, one AES-256", lambda: m.by_7z_twice((), ("-mem=AES256", P), "zip"), "partial", "AES-256", 256),
    _zip("one member ZipCrypto, one AES-256", lambda: m.by_7z_twice(("-mem=ZipCrypto", P), ("-mem=AES256", P), "zip"), "weak", "ZipCrypto"),
    _zip("one member AES-128, one AES-256", lambda: m.by_7z_twice(("-mem=AES128", P), ("-mem=AES256", P), "zip"), "weak", "AES-128", 128),
    _zip("AES-256, pyzipper", m.by_pyzipper, "strong", "AES-256", 256, ()),
    _zip("AES-256 stored, pyzipper", lambda: m.by_pyzipper(method=0), "strong", "AES-256", 256, ()),
    _zip("AES-256 zip64, pyzipper", lambda: m.by_pyzipper(zip64=True), "strong", "AES-256", 256, ()),
    _zip("AES-256 with a Unicode name", lambda: m.by_pyzipper(files={"gofal-plentyn-ŵy.txt": m.TEXT}), "strong", "AES-256", 256, ()),
    _zip("AES-256 with an empty file", lambda: m.by_pyzipper(files={"a.txt": m.TEXT, "empty": b""}), "strong", "AES-256", 256, ()),
    _zip("AES-256 of one short file", lambda: m.by_pyzipper(files={"a.txt": b"x"}), "strong", "AES-256", 256, ()),
    _zip("AES-192, pyzipper", lambda: m.by_pyzipper(192), "weak", "AES-192", 192, ()),
    _zip("AES-128, pyzipper", lambda: m.by_pyzipper(128), "weak", "AES-128", 128, ()),
    _zip("AES-256 streamed, bsdtar", _bsdtar("aes256"), "strong", "AES-256", 256, ("bsdtar",)),
    _zip("AES-256 stored, bsdtar", _bsdtar("aes256,zip:compression=store"), "strong", "AES-256", 256, ("bsdtar",)),
    _zip("AES-128 streamed, bsdtar", _bsdtar("aes128"), "weak", "AES-128", 128, ("bsdtar",)),
    _zip("ZipCrypto, bsdtar", _bsdtar("zipcrypt"), "weak", "ZipCrypto", 0, ("bsdtar",)),
    _zip("ZipCrypto, Info-ZIP", lambda: m.by_zip("-e", "-P", m.PASSWORD), "weak", "ZipCrypto", 0, ("zip",)),
    _zip("not encrypted, Info-ZIP", m.by_zip, "none", tools=("zip",)),
    _zip("not encrypted with a comment", lambda: m.by_zip()[:-2] + b"\x05\x00hello", "none", tools=("zip",)),
    _zip("AES-256 with a comment", lambda: m.by_pyzipper()[:-2] + b"\x05\x00hello", "partial", "AES-256", 256, ()),
    _zip("AES-256 with a letter inside, before the directory", lambda: m.with_gap(m.by_pyzipper()), "partial", "AES-256", 256, ()),
    _zip("AES-256 zip in a zip", lambda: m.zip_of(a_zip=m.by_pyzipper()), "strong", "AES-256", 256, ()),
    _zip("AES-256 zip beside a plain file", lambda: m.zip_of(a_zip=m.by_pyzipper(), b_txt=m.TEXT), "partial", "AES-256", 256, ()),
    _zip(
        "AES-256 zip beside an AES-128 zip", lambda: m.zip_of(a_zip=m.by_pyzipper(), b_zip=m.by_pyzipper(128)), "weak", "AES-128", 128, ()
    ),
    _zip("locked Office file in a zip", lambda: m.zip_of(a_docx=m.by_msoffcrypto()), "strong", "AES-256", 256, ()),
    _zip("locked PDF in a zip", lambda: m.zip_of(a_pdf=m.qpdf_locked(256)), "strong", "AES-256", 256, ("qpdf",)),
    _zip("PDF that opens, in a zip", lambda: m.zip_of(a_pdf=m.qpdf_locked(256, user="")), "openable", "AES-256", 256, ("qpdf",)),
)


def _seven(variant: str, make: Callable[[], bytes], state: str, algorithm: str = "", bits: int = 0) -> Row:
    return Row("7z", variant, ("7zz",), make, "7z", state, algorithm, bits)


def _7z(*options: str) -> Callable[[], bytes]:
    return lambda: m.by_7z(*options, ending="7z")


SEVEN = (
    _seven("AES-256, names visible", _7z(P), "strong", "AES-256", 256),
    _seven("AES-256, header encrypted", _7z(P, "-mhe=on"), "strong", "AES-256", 256),
    _seven("AES-256 stored", _7z(P, "-mx0"), "strong", "AES-256", 256),
    _seven("AES-256 not solid", _7z(P, "-ms=off"), "strong", "AES-256", 256),
    _seven("AES-256 with BCJ2", _7z(P, "-mf=BCJ2"), "strong", "AES-256", 256),
    _seven("AES-256 with PPMd", _7z(P, "-m0=PPMd"), "strong", "AES-256", 256),
    _seven("AES-256 with bzip2", _7z(P, "-m0=BZip2"), "strong", "AES-256", 256),
    _seven("AES-256 with delta", _7z(P, "-m0=Delta:4", "-m1=LZMA2"), "strong", "AES-256", 256),
    _seven("header not compressed", _7z(P, "-mhc=off"), "strong", "AES-256", 256),
    _seven("not encrypted, LZMA2", _7z(), "none"),
    _seven("not encrypted, LZMA", _7z("-m0=LZMA"), "none"),
    _seven("not encrypted, PPMd", _7z("-m0=PPMd"), "none"),
    _seven("not encrypted, bzip2", _7z("-m0=BZip2"), "none"),
    _seven("not encrypted, deflate", _7z("-m0=Deflate"), "none"),
    _seven("not encrypted, stored", _7z("-mx0"), "none"),
    _seven("one file plain, one AES-256", lambda: m.by_7z_twice((), (P,), "7z"), "partial", "AES-256", 256),
    _seven("one file AES-256, then one plain", lambda: m.by_7z_twice((P,), (), "7z"), "partial", "AES-256", 256),
    _seven("AES-256 with bytes after it", lambda: m.by_7z(P, ending="7z") + b"Dear Sam", "partial", "AES-256", 256),
    _seven("AES-256 zip inside, stored", lambda: m.by_7z("-mx0", ending="7z", files={"a.zip": m.by_pyzipper()}), "strong", "AES-256", 256),
    _seven("AES-256 zip inside, LZMA2", lambda: m.by_7z(ending="7z", files={"a.zip": m.by_pyzipper()}), "strong", "AES-256", 256),
    _seven(
        "AES-256 zip beside a text",
        lambda: m.by_7z(ending="7z", files={"a.zip": m.by_pyzipper(), "b.txt": m.TEXT}),
        "partial",
        "AES-256",
        256,
    ),
)


def _pdf(variant: str, make: Callable[[], bytes], state: str, algorithm: str = "", bits: int = 0) -> Row:
    return Row("pdf", variant, ("qpdf",), make, "pdf", state, algorithm, bits)


def _streams(*options: str) -> tuple[str, ...]:
    return ("--object-streams=generate", *options)


PDF = (
    _pdf("not encrypted", m.plain_pdf, "none"),
    _pdf("not encrypted, object streams", lambda: m.by_qpdf("--object-streams=generate"), "none"),
    _pdf("AES-256 (R6)", lambda: m.qpdf_locked(256), "strong", "AES-256", 256),
    _pdf("AES-256 (R6), object streams", lambda: m.qpdf_locked(256, before=_streams()), "strong", "AES-256", 256),
    _pdf("AES-256 (R6), linearised", lambda: m.qpdf_locked(256, before=("--linearize",)), "strong", "AES-256", 256),
    _pdf("AES-256 (R6), linearised object streams", lambda: m.qpdf_locked(256, before=_streams("--linearize")), "strong", "AES-256", 256),
    _pdf("AES-256 (R6), uncompressed streams", lambda: m.qpdf_locked(256, before=("--stream-data=uncompress",)), "strong", "AES-256", 256),
    _pdf("AES-256 (R5)", lambda: m.qpdf_locked(256, "--force-R5"), "strong", "AES-256", 256),
    _pdf(
        "AES-256 with an attachment",
        lambda: m.by_qpdf("--encrypt", m.PASSWORD, "o", "256", "--", content=m.pdf_with_file()),
        "strong",
        "AES-256",
        256,
    ),
    _pdf("AES-256, metadata in clear", lambda: m.qpdf_locked(256, "--cleartext-metadata"), "strong", "AES-256", 256),
    Row("pdf", "AES-256, pypdf", (), m.by_pypdf, "pdf", "strong", "AES-256", 256),
    _pdf("AES-256, printing forbidden", lambda: m.qpdf_locked(256, "--print=none"), "strong", "AES-256", 256),
    _pdf("AES-256, owner password only", lambda: m.qpdf_locked(256, user=""), "openable", "AES-256", 256),
    _pdf("AES-256, empty owner password", lambda: m.qpdf_locked(256, "--allow-insecure", owner=""), "openable", "AES-256", 256),
    _pdf("AES-256, both passwords empty", lambda: m.qpdf_locked(256, "--allow-insecure", user="", owner=""), "openable", "AES-256", 256),
    _pdf("AES-128 (R4)", lambda: m.qpdf_locked(128, "--use-aes=y"), "weak", "AES-128", 128),
    _pdf("AES-128, owner password only", lambda: m.qpdf_locked(128, "--use-aes=y", user=""), "openable", "AES-128", 128),
    _pdf("RC4-128 (R3)", lambda: m.qpdf_locked(128, "--use-aes=n"), "weak", "RC4", 128),
    _pdf("RC4-128 (R4)", lambda: m.qpdf_locked(128, "--use-aes=n", "--force-V4"), "weak", "RC4", 128),
    _pdf("RC4-128, owner password only", lambda: m.qpdf_locked(128, "--use-aes=n", user=""), "openable", "RC4", 128),
    _pdf("RC4-40 (R2)", lambda: m.qpdf_locked(40), "weak", "RC4", 40),
    _pdf("RC4-40, owner password only", lambda: m.qpdf_locked(40, user=""), "openable", "RC4", 40),
    _pdf("AES-256, plain PDF appended", lambda: m.qpdf_locked(256) + m.plain_pdf(), "partial", "AES-256", 256),
    _pdf("plain PDF, AES-256 PDF appended", lambda: m.plain_pdf() + m.qpdf_locked(256), "partial", "AES-256", 256),
    _pdf("AES-256, then a plain revision", lambda: m.with_plain_revision(m.qpdf_locked(256)), "none"),
    _pdf("AES-256, streams /Identity", lambda: m.qpdf_locked(256).replace(b"/StmF /StdCF", b"/StmF/Identity"), "partial", "AES-256", 256),
    _pdf("AES-256, strings /Identity", lambda: m.qpdf_locked(256).replace(b"/StrF /StdCF", b"/StrF/Identity"), "partial", "AES-256", 256),
    _pdf("AES-256, text after it", lambda: m.qpdf_locked(256) + b"\nDear Sam, the plan is this\n", "partial", "AES-256", 256),
    _pdf("'/Encrypt' in a comment only", lambda: m.plain_pdf().replace(b"%\xe2\xe3\xcf\xd3\n", b"%/Encrypt\n" + b"%" * 0), "none"),
)

OFFICE = (
    Row("office", "docx, not encrypted", (), m.plain_docx, "docx", "none"),
    Row("office", "docx agile AES-256", (), m.by_msoffcrypto, "docx", "strong", "AES-256", 256),
    Row(
        "office",
        "docx agile, Excel's default password",
        (),
        lambda: m.by_msoffcrypto("VelvetSweatshop"),
        "docx",
        "openable",
        "AES-256",
        256,
    ),
    Row(
        "office", "docx agile, plain stream beside it", (), lambda: m.with_properties(m.by_msoffcrypto()), "docx", "partial", "AES-256", 256
    ),
    Row("office", "docx under rights management", (), lambda: m.with_rights(m.by_msoffcrypto()), "docx", "unknown", "DRM"),
    Row("office", "macro-enabled document", (), lambda: m.office_like("word", "word/vbaProject.bin"), "docm", "none"),
    Row("office", "workbook", (), lambda: m.office_like("xl"), "xlsx", "none"),
    Row("office", "binary workbook", (), lambda: m.office_like("xl", "xl/workbook.bin"), "xlsb", "none"),
    Row("office", "macro-enabled workbook", (), lambda: m.office_like("xl", "xl/vbaProject.bin"), "xlsm", "none"),
    Row("office", "slides", (), lambda: m.office_like("ppt"), "pptx", "none"),
    Row("office", "docx whose parts are in an AES-256 zip", (), lambda: m.by_pyzipper(files=m.DOCX_PARTS), "zip", "strong", "AES-256", 256),
)
OPENDOCUMENT = (
    Row("opendocument", "text, not encrypted", (), lambda: m.opendocument(""), "odt", "none"),
    Row("opendocument", "text, AES-256", (), m.opendocument, "odt", "strong", "AES-256", 256),
    Row("opendocument", "spreadsheet, AES-256", (), lambda: m.opendocument(kind="spreadsheet"), "ods", "strong", "AES-256", 256),
    Row("opendocument", "slides, AES-256", (), lambda: m.opendocument(kind="presentation"), "odp", "strong", "AES-256", 256),
    Row("opendocument", "AES-128", (), lambda: m.opendocument(algorithm="aes128-cbc"), "odt", "weak", "AES-128", 128),
    Row("opendocument", "Blowfish", (), lambda: m.opendocument(algorithm="blowfish"), "odt", "weak", "Blowfish", 128),
    Row("opendocument", "one part plain", (), lambda: m.opendocument(plain=("styles.xml",)), "odt", "partial", "AES-256", 256),
    Row(
        "opendocument",
        "picture of the first page plain",
        (),
        lambda: m.opendocument(plain=(m.THUMBNAIL,)),
        "odt",
        "partial",
        "AES-256",
        256,
    ),
)


def _pgp(variant: str, make: Callable[[], bytes], state: str, algorithm: str = "", bits: int = 0) -> Row:
    return Row("openpgp", variant, ("gpg",), make, "pgp", state, algorithm, bits)


def _symmetric(cipher: str, *more: str) -> Callable[[], bytes]:
    return lambda: m.by_gpg("-c", "--cipher-algo", cipher, *more)


PGP = (
    _pgp("password, AES-256", _symmetric("AES256"), "strong", "AES-256", 256),
    _pgp("password, AES-256, armoured", _symmetric("AES256", "-a"), "strong", "AES-256", 256),
    _pgp("password, AES-256, not compressed", _symmetric("AES256", "-z0"), "strong", "AES-256", 256),
    _pgp("password, AES-192", _symmetric("AES192"), "weak", "AES-192", 192),
    _pgp("password, AES-128", _symmetric("AES"), "weak", "AES-128", 128),
    _pgp("password, CAST5", _symmetric("CAST5"), "weak", "CAST5", 128),
    _pgp("password, 3DES", _symmetric("3DES"), "weak", "3DES", 168),
    _pgp("password, Twofish", _symmetric("TWOFISH"), "weak", "Twofish", 256),
    _pgp("password, Camellia-256", _symmetric("CAMELLIA256"), "weak", "Camellia-256", 256),
    _pgp("password, AES-256 without integrity", _symmetric("AES256", "--rfc2440"), "weak", "AES-256", 256),
    _pgp("password hashed once", _symmetric("AES256", "--s2k-mode", "0"), "weak", "AES-256", 256),
    _pgp("RSA key", lambda: m.by_gpg("-e", "-r", "rsa@example.org"), "strong", "OpenPGP"),
    _pgp("RSA key, armoured", lambda: m.by_gpg("-e", "-a", "-r", "rsa@example.org"), "strong", "OpenPGP"),
    _pgp("elliptic key", lambda: m.by_gpg("-e", "-r", "ecc@example.org"), "strong", "OpenPGP"),
    _pgp("hidden recipient", lambda: m.by_gpg("-e", "-R", "ecc@example.org"), "strong", "OpenPGP"),
    _pgp("signed and encrypted", lambda: m.by_gpg("-s", "-e", "-u", "ecc@example.org", "-r", "rsa@example.org"), "strong", "OpenPGP"),
    _pgp(
        "key and AES-128 password",
        lambda: m.by_gpg("-c", "-e", "-r", "rsa@example.org", "--s2k-cipher-algo", "AES"),
        "weak",
        "AES-128",
        128,
    ),
    _pgp("signed only", lambda: m.by_gpg("-s", "-u", "ecc@example.org"), "none"),
    _pgp("signed only, not compressed", lambda: m.by_gpg("-s", "-z0", "-u", "ecc@example.org"), "none"),
    _pgp("signed only, armoured", lambda: m.by_gpg("-s", "-a", "-u", "ecc@example.org"), "none"),
    _pgp("clear-signed", lambda: m.by_gpg("--clear-sign", "-u", "ecc@example.org"), "none"),
    _pgp("detached signature", lambda: m.by_gpg("-b", "-u", "ecc@example.org"), "none"),
    _pgp("literal", lambda: m.by_gpg("--store", "-z0"), "none"),
    _pgp("compressed literal", lambda: m.by_gpg("--store"), "none"),
    _pgp("compressed literal, armoured", lambda: m.by_gpg("--store", "-a"), "none"),
    _pgp("public key", lambda: m.by_gpg("--export", "rsa@example.org"), "none"),
    _pgp("public key, armoured", lambda: m.by_gpg("--export", "-a", "rsa@example.org"), "none"),
    _pgp("AES-256 with text after it", lambda: m.by_gpg("-c", "--cipher-algo", "AES256") + m.by_gpg("--store", "-z0"), "partial"),
    _pgp("AES-256 armour in a letter", lambda: m.by_gpg("-c", "-a", "--cipher-algo", "AES256") + b"Dear Sam\n", "unknown"),
)


def _cms(variant: str, make: Callable[[], bytes], state: str, algorithm: str = "", bits: int = 0) -> Row:
    return Row("smime", variant, ("openssl",), make, "smime", state, algorithm, bits)


def _enveloped(cipher: str, *more: str, form: str = "DER") -> Callable[[], bytes]:
    return lambda: m.by_openssl_cms("-encrypt", f"-{cipher}", "-outform", form, *more, "cert.pem")


SIGN = ("-sign", "-nodetach", "-signer", "cert.pem", "-inkey", "key.pem", "-outform", "DER")
CMS = (
    _cms("enveloped AES-256-CBC", _enveloped("aes256"), "strong", "AES-256", 256),
    _cms("enveloped AES-256-CBC, streamed BER", _enveloped("aes256", "-stream"), "strong", "AES-256", 256),
    _cms("enveloped AES-256-CBC, PEM", _enveloped("aes256", form="PEM"), "strong", "AES-256", 256),
    _cms("enveloped AES-256-CBC, OAEP", lambda: m.by_openssl_cms(*m.OAEP, "-aes256", "-outform", "DER"), "strong", "AES-256", 256),
    _cms("auth-enveloped AES-256-GCM", _enveloped("aes-256-gcm"), "strong", "AES-256", 256),
    _cms("enveloped AES-192-CBC", _enveloped("aes192"), "weak", "AES-192", 192),
    _cms("enveloped AES-128-CBC", _enveloped("aes128"), "weak", "AES-128", 128),
    _cms("auth-enveloped AES-128-GCM", _enveloped("aes-128-gcm"), "weak", "AES-128", 128),
    _cms("enveloped 3DES", _enveloped("des3"), "weak", "3DES", 168),
    _cms(
        "password, AES-256",
        lambda: m.by_openssl_cms("-encrypt", "-aes256", "-pwri_password", "pw", "-outform", "DER"),
        "strong",
        "AES-256",
        256,
    ),
    _cms("secret key, AES-256", lambda: m.by_openssl_cms(*m.KEK, "-aes256", "-outform", "DER"), "strong", "AES-256", 256),
    _cms("encrypted-data AES-256", lambda: m.by_openssl_cms(*m.RAW, "-aes256", "-outform", "DER"), "strong", "AES-256", 256),
    _cms("signed opaque", lambda: m.by_openssl_cms(*SIGN), "none"),
    _cms("signed opaque, streamed BER", lambda: m.by_openssl_cms(*SIGN, "-stream"), "none"),
    _cms("data only", lambda: m.by_openssl_cms("-data_create", "-outform", "DER"), "none"),
    _cms("digested", lambda: m.by_openssl_cms("-digest_create", "-outform", "DER"), "none"),
    _cms(
        "enveloped, text after it", lambda: m.by_openssl_cms(*("-encrypt", "-aes256", "-outform", "DER", "cert.pem")) + b"Dear", "partial"
    ),
)

SMALL = (
    Row("age", "X25519", ("age",), m.by_age, "age", "strong", "ChaCha20-Poly1305", 256),
    Row("age", "X25519, armoured", ("age",), lambda: m.by_age("-a"), "age", "strong", "ChaCha20-Poly1305", 256),
    Row("age", "two recipients", ("age",), lambda: m.by_age("-r", m.age_key()[1]), "age", "strong", "ChaCha20-Poly1305", 256),
    Row("age", "empty file", ("age",), lambda: m.by_age(content=b""), "age", "strong", "ChaCha20-Poly1305", 256),
    Row("age", "armoured, in a letter", ("age",), lambda: m.by_age("-a") + b"Dear Sam", "age", "unknown"),
    Row("openssl", "enc -aes-256-cbc", ("openssl",), lambda: m.by_openssl_enc("-aes-256-cbc"), "openssl", "unknown"),
    Row("openssl", "enc -aes-128-cbc", ("openssl",), lambda: m.by_openssl_enc("-aes-128-cbc"), "openssl", "unknown"),
    Row("packer", "tar", (), m.tar, "tar", "none"),
    Row("packer", "tar, old", ("bsdtar",), lambda: m.by_bsdtar("--format", "v7tar"), "tar", "none"),
    Row("packer", "tar.gz", (), lambda: m.tar("gz"), "gz", "none"),
    Row("packer", "tar.bz2", (), lambda: m.tar("bz2"), "bz2", "none"),
    Row("packer", "tar.xz", (), lambda: m.tar("xz"), "xz", "none"),
    Row("packer", "tar of an AES-256 zip", (), lambda: m.tar(files={"a.zip": m.by_pyzipper()}), "tar", "strong", "AES-256", 256),
    Row(
        "packer",
        "tar of an AES-256 zip and a text",
        (),
        lambda: m.tar(files={"a.zip": m.by_pyzipper(), "b": m.TEXT}),
        "tar",
        "partial",
        "AES-256",
        256,
    ),
    Row("packer", "gzip of an AES-256 zip", (), lambda: gzip.compress(m.by_pyzipper()), "gz", "strong", "AES-256", 256),
    Row("packer", "gzip of a text", (), lambda: gzip.compress(m.TEXT), "gz", "none"),
    Row("packer", "bzip2 of a text", (), lambda: bz2.compress(m.TEXT), "bz2", "none"),
    Row("packer", "xz of a text", (), lambda: lzma.compress(m.TEXT), "xz", "none"),
    Row("packer", "zstd of a text", ("zstd",), lambda: m.run("zstd", "-c", stdin=m.TEXT), "zstd", "none"),
    Row("packer", "iso", ("bsdtar",), lambda: m.by_bsdtar("--format", "iso9660"), "iso", "none"),
)

ROWS: tuple[Row, ...] = (*ZIP, *SEVEN, *PDF, *OFFICE, *OPENDOCUMENT, *PGP, *CMS, *SMALL)
