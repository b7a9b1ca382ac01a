"""Files made by the programs that people use, one function per program: the tests judge what really leaves a council's desk."""

import base64
import hashlib
import io
import os
import subprocess
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pyzipper
from Cryptodome.Cipher import AES
from pypdf import PdfReader, PdfWriter

PASSWORD = "Winter-Garden-41"
TEXT = ("Plan for the meeting on Thursday. Please bring the blue folder and the two letters.\n" * 40).encode()
THUMBNAIL = "Thumbnails/thumbnail.png"
FILES: Mapping[str, bytes] = {"plan.txt": TEXT, "notes/second.txt": b"A second page.\n" * 30, "picture.bin": bytes(range(256)) * 20}


def run(*command: str, cwd: str | Path | None = None, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> bytes:
    """Run a program to its end; what it says goes into the error if it fails."""
    done = subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, timeout=60, env={**os.environ, **(env or {})})
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stderr.decode(errors='replace')}{done.stdout.decode(errors='replace')[-400:]}")
    return done.stdout


def in_folder(files: Mapping[str, bytes]) -> tempfile.TemporaryDirectory[str]:
    """A folder that holds these files."""
    folder = tempfile.TemporaryDirectory()
    for name, data in files.items():
        path = Path(folder.name, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def by_7z(*options: str, ending: str, files: Mapping[str, bytes] = FILES, program: str = "7zz") -> bytes:
    with in_folder(files) as folder:
        run(program, "a", "-bd", "-y", *options, f"../{Path(folder).name}.{ending}", ".", cwd=folder)
        made = Path(f"{folder}.{ending}")
        try:
            return made.read_bytes()
        finally:
            made.unlink()


def by_7z_twice(first: tuple[str, ...], second: tuple[str, ...], ending: str) -> bytes:
    """An archive to which a second file was added with other options."""
    with tempfile.TemporaryDirectory() as folder:
        for name, options in (("one.txt", first), ("two.txt", second)):
            Path(folder, name).write_bytes(TEXT)
            run("7zz", "a", "-bd", "-y", *options, f"out.{ending}", name, cwd=folder)
        return Path(folder, f"out.{ending}").read_bytes()


def by_pyzipper(
    bits: int = 256,
    *,
    files: Mapping[str, bytes] = FILES,
    method: int = zipfile.ZIP_DEFLATED,
    password: str = PASSWORD,
    zip64: bool = False,
) -> bytes:
    out = io.BytesIO()
    with pyzipper.AESZipFile(out, "w", compression=method) as archive:
        archive.setpassword(password.encode())
        archive.setencryption(pyzipper.WZ_AES, nbits=bits)
        for name, data in files.items():
            with archive.open(name, "w", force_zip64=zip64) as member:
                member.write(data)
    return out.getvalue()


def by_zipfile(files: Mapping[str, bytes] = FILES, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def by_zip(*options: str, files: Mapping[str, bytes] = FILES) -> bytes:
    with in_folder(files) as folder, tempfile.TemporaryDirectory() as out:
        run("zip", "-q", "-r", *options, f"{out}/a.zip", ".", cwd=folder)
        return Path(out, "a.zip").read_bytes()


def by_bsdtar(*options: str, files: Mapping[str, bytes] = FILES) -> bytes:
    with in_folder(files) as folder:
        return run(
            "bsdtar", "-c", "-f", "-", *options, "--passphrase", PASSWORD, *sorted({name.split("/")[0] for name in files}), cwd=folder
        )


def tar(kind: str = "", files: Mapping[str, bytes] = FILES) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=f"w:{kind}") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


@cache
def plain_pdf() -> bytes:
    """Two pages with text, made by hand so that no font program is needed."""
    return _pdf(b"<</Type/Catalog/Pages 2 0 R>>")


def with_metadata(xmp: bytes) -> bytes:
    """The same with a metadata stream."""
    stream = b"<</Type/Metadata/Subtype/XML/Length %d>>stream\n%s\nendstream" % (len(xmp), xmp)
    return _pdf(b"<</Type/Catalog/Pages 2 0 R/Metadata 9 0 R>>", stream)


def _pdf(catalog: bytes, *more: bytes) -> bytes:
    objects = [
        catalog,
        b"<</Type/Pages/Kids[3 0 R 5 0 R]/Count 2>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 7 0 R>>>>>>",
        _stream(b"BT /F1 12 Tf 72 720 Td (Plan for the meeting on Thursday, page one of the two.) Tj ET " * 20),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 6 0 R/Resources<</Font<</F1 7 0 R>>>>>>",
        _stream(b"BT /F1 12 Tf 72 720 Td (Plan for the meeting on Thursday, page two of the two.) Tj ET " * 20),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Title(Plan)/Author(Jo Bell)>>",
        *more,
    ]
    out, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer\n<</Size %d/Root 1 0 R/Info 8 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)


def _stream(data: bytes) -> bytes:
    return b"<</Length %d>>stream\n%s\nendstream" % (len(data), data)


def by_qpdf(*options: str, content: bytes | None = None) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "in.pdf").write_bytes(plain_pdf() if content is None else content)
        Path(folder, "file.txt").write_bytes(TEXT)
        run("qpdf", *options, "in.pdf", "out.pdf", cwd=folder)
        return Path(folder, "out.pdf").read_bytes()


def qpdf_locked(
    bits: int, *more: str, user: str = PASSWORD, owner: str = "Owner-Garden-42", before: tuple[str, ...] = (), content: bytes | None = None
) -> bytes:
    return by_qpdf(*before, "--allow-weak-crypto", "--encrypt", user, owner, str(bits), *more, "--", content=content)


def by_pypdf() -> bytes:
    """As the gateway itself locks a PDF."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(plain_pdf())))
    writer.encrypt(user_password=PASSWORD, owner_password=None, algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


DOCX_PARTS = {
    "[Content_Types].xml": b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
    + b" " * 400,
    "_rels/.rels": b'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>',
    "word/document.xml": b"<w:document><w:body><w:p><w:r><w:t>Plan</w:t></w:r></w:p></w:body></w:document>" * 60,
    # Office encrypts nothing below a few kilobytes, and msoffcrypto cannot write so small a stream.
    "word/media/image1.png": b"\x89PNG\r\n\x1a\n" + hashlib.shake_256(b"picture").digest(9_000),
}


@cache
def plain_docx() -> bytes:
    return by_zipfile(DOCX_PARTS)


@cache
def office_like(prefix: str, *more: str) -> bytes:
    names = ["[Content_Types].xml", f"{prefix}/part.xml", *more]
    return by_zipfile(dict.fromkeys(names, b"<x>Plan</x>" * 50))


def by_msoffcrypto(password: str = PASSWORD, content: bytes | None = None) -> bytes:
    """Agile encryption, AES-256, as msoffcrypto writes it."""
    from msoffcrypto.format.ooxml import OOXMLFile

    out = io.BytesIO()
    OOXMLFile(io.BytesIO(plain_docx() if content is None else content)).encrypt(password, out)
    return out.getvalue()


def opendocument(
    password: str = PASSWORD, *, kind: str = "text", algorithm: str = "aes256-cbc", plain: tuple[str, ...] = (), rounds: str = "1000"
) -> bytes:
    """An OpenDocument file as LibreOffice 7.4 locks it: each member deflated, encrypted, then stored; '' leaves it unlocked."""
    members = {"content.xml": b"<x>Plan for Thursday</x>" * 90, "styles.xml": b"<s/>" * 40, THUMBNAIL: bytes(range(256)) * 3}
    entries, stored = [], {"mimetype": f"application/vnd.oasis.opendocument.{kind}".encode()}
    for name, data in members.items():
        locked = ""
        if password and name not in plain:
            data, locked = _odf_locked(data, name, password, algorithm)
        stored[name] = data
        entries.append(f'<m:file-entry m:full-path="{name}" m:media-type="" m:size="9">{locked}</m:file-entry>')
    namespace = 'xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
    entries = [each.replace('iteration-count="1000"', f'iteration-count="{rounds}"') for each in entries]
    stored["META-INF/manifest.xml"] = f'<?xml version="1.0"?><m:manifest {namespace}>{"".join(entries)}</m:manifest>'.encode()
    return by_zipfile(stored, zipfile.ZIP_STORED)


def _odf_locked(data: bytes, name: str, password: str, algorithm: str) -> tuple[bytes, str]:
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = packer.compress(data) + packer.flush()
    salt, vector = hashlib.sha256(name.encode()).digest()[:16], hashlib.md5(name.encode()).digest()
    key = hashlib.pbkdf2_hmac("sha1", hashlib.sha256(password.encode()).digest(), salt, 1_000, 32)
    padding = 16 - len(packed) % 16
    cipher = AES.new(key, AES.MODE_CBC, vector).encrypt(packed + bytes(padding - 1) + bytes([padding]))
    salt64, vector64, sum64 = (base64.b64encode(each).decode() for each in (salt, vector, hashlib.sha256(packed[:1024]).digest()))
    return cipher, (
        f'<m:encryption-data m:checksum-type="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0#sha256-1k" m:checksum="{sum64}">'
        f'<m:algorithm m:algorithm-name="http://www.w3.org/2001/04/xmlenc#{algorithm}" m:initialisation-vector="{vector64}"/>'
        '<m:start-key-generation m:start-key-generation-name="http://www.w3.org/2000/09/xmldsig#sha256" m:key-size="32"/>'
        f'<m:key-derivation m:key-derivation-name="PBKDF2" m:key-size="32" m:iteration-count="1000" m:salt="{salt64}"/></m:encryption-data>'
    )


@cache
def gpg_home() -> str:
    """A key ring with an RSA-2048 and an elliptic key for carol@example.org; kept for the whole run."""
    home = tempfile.mkdtemp(prefix="gpg")
    for kind, name in (
        ("Key-Type: RSA\nKey-Length: 2048\nSubkey-Type: RSA\nSubkey-Length: 2048", "rsa"),
        ("Key-Type: EDDSA\nKey-Curve: ed25519\nSubkey-Type: ECDH\nSubkey-Curve: cv25519", "ecc"),
    ):
        parameters = f"{kind}\nSubkey-Usage: encrypt\nName-Email: {name}@example.org\nExpire-Date: 0\n%no-protection\n%commit\n"
        run("gpg", "--homedir", home, "--batch", "--gen-key", stdin=parameters.encode())
    return home


@cache
def _empty_home() -> str:
    return tempfile.mkdtemp(prefix="gpg")


def by_gpg(*options: str, content: bytes = TEXT) -> bytes:
    # Keys take seconds to make: only where one is used.
    home = gpg_home() if {"-r", "-R", "-u", "--export"} & set(options) else _empty_home()
    base = ("gpg", "--homedir", home, "--batch", "--yes", "--trust-model", "always", "--pinentry-mode", "loopback")
    return run(*base, "--passphrase", PASSWORD, "-o", "-", *options, stdin=content)


@cache
def certificate() -> str:
    """A folder with key.pem and cert.pem."""
    folder = tempfile.mkdtemp(prefix="cms")
    run(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "key.pem",
        "-out",
        "cert.pem",
        "-subj",
        "/CN=Carol",
        "-days",
        "2",
        cwd=folder,
    )
    return folder


def by_openssl_cms(*options: str, content: bytes = TEXT) -> bytes:
    return run("openssl", "cms", *options, cwd=certificate(), stdin=content)


def by_openssl_enc(*options: str) -> bytes:
    return run("openssl", "enc", "-salt", "-pbkdf2", "-pass", f"pass:{PASSWORD}", *options, stdin=TEXT)


@cache
def age_key() -> tuple[str, str]:
    """(identity, recipient)."""
    text = run("age-keygen").decode()
    identity = next(line for line in text.splitlines() if line.startswith("AGE-SECRET-KEY-"))
    recipient = next(line.split()[-1] for line in text.splitlines() if line.startswith("# public key:"))
    return identity, recipient


def by_age(*options: str, content: bytes = TEXT) -> bytes:
    return run("age", "-r", age_key()[1], *options, stdin=content)


def zip_of(**files: bytes) -> bytes:
    """A plain zip of files whose names have '_' for '.'."""
    return by_zipfile({name.replace("_", ".", 1): data for name, data in files.items()})


def with_gap(content: bytes, letter: bytes = b"Dear Sam, the plan is attached in clear. " * 4) -> bytes:
    """A zip with bytes between its last member and its directory, whose place is told correctly."""
    end = content.rfind(b"PK\x05\x06")
    start = int.from_bytes(content[end + 16 : end + 20], "little")
    moved = (start + len(letter)).to_bytes(4, "little")
    return content[:start] + letter + content[start : end + 16] + moved + content[end + 20 :]


def pdf_with_file() -> bytes:
    return by_qpdf("--add-attachment", "file.txt", "--")


def with_plain_revision(content: bytes) -> bytes:
    """An incremental update whose trailer forgets the encryption."""
    start = len(content)
    update = b"9 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
    table = b"xref\n9 1\n%010d 00000 n \n" % start
    return content + update + table + b"trailer\n<</Size 10/Root 9 0 R/Prev 0>>\nstartxref\n%d\n%%%%EOF\n" % (start + len(update))


def with_properties(content: bytes) -> bytes:
    """The encrypted package with one of the container's own streams renamed to something that a person wrote."""
    return content.replace("DataSpaces".encode("utf-16-le"), "LetterPlan".encode("utf-16-le"))


def with_rights(content: bytes) -> bytes:
    """The package as rights management names it: a server decides who opens it."""
    return content.replace("StrongEncryptionDataSpace".encode("utf-16-le"), "DRMEncryptedDataSpaceXXXX".encode("utf-16-le"))


_SECRET = ("-secretkey", "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F")
KEK = ("-encrypt", *_SECRET, "-secretkeyid", "C0FFEE")
RAW = ("-EncryptedData_encrypt", *_SECRET)
OAEP = ("-encrypt", "-recip", "cert.pem", "-keyopt", "rsa_padding_mode:oaep")
