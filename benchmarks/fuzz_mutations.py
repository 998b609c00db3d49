"""Changes of a well-formed file: of its bytes, and of what its format calls a field."""

from __future__ import annotations

import gzip
import json
import random
import re
import struct
from typing import Any

TEXTS = (
    b"NaN", b"nan", b"inf", b"-inf", b"1e308", b"-1e308", b"1e-308", b"1e39", b"0", b"-0", b"-1", b"", b" ", b"1\\2", b"1\\2\\3", b"0x10",
    b"99999999999999999999", b"2147483648", b"65536", b"4294967295", b"1e5", b"0.0001", b"\xff\xfe", b"\x00", b"../../etc/passwd",
    b"/etc/passwd", b"none", b"(nan,nan,nan)", b"9" * 5000, b"A" * 300,
)  # fmt: skip
NUMBERS = (0, 1, -1, 2, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1, 2**62, -(2**31))
FLOATS = (float("nan"), float("inf"), float("-inf"), 0.0, -0.0, -1.0, 1e-45, 1e-30, 1e30, 3.4e38, 1e308, 1e-308, 1e6, 1e7, 0.5)
VALUES = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 10**400, 1e308, 1e-308, float("nan"), float("inf"), "", "NaN", "inf", "1e999", "../../x",
    "/etc/passwd", "\x00", "\ud800", "a" * 2000, [], {}, [[]], [None], [1, 2], [1, 2, 3], [1e308] * 3, [float("nan")] * 3, {"a": 1},
)  # fmt: skip
VRS = (b"DS", b"IS", b"US", b"UI", b"LO", b"SQ", b"OB", b"OW", b"UN", b"FD", b"AT", b"PN", b"DA", b"ZZ", b"UL", b"SS", b"CS")
_LONG = (b"OB", b"OW", b"SQ", b"UN", b"UT", b"UC", b"UR", b"OD", b"OF", b"OL", b"OV", b"SV", b"UV")


def changed(kind: str, content: bytes, rng: random.Random) -> bytes:
    """The content with one to four changes, most of them of fields of its format."""
    packed = kind == "nifti" and content[:2] == b"\x1f\x8b" and rng.random() < 0.8
    data = gzip.decompress(content) if packed else content
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4))):
        change = {"dicom": _element, "nifti": _nifti_field, "nrrd": _nrrd_line, "json": _json_value}[kind] if rng.random() < 0.7 else _bytes
        data = change(data, rng)
    return gzip.compress(data, 1, mtime=0) if packed else data


def _bytes(data: bytes, rng: random.Random) -> bytes:
    if not data:
        return rng.randbytes(8)
    at, length = rng.randrange(len(data)), rng.choice((1, 1, 2, 4, 8, 16, 64))
    kind = rng.randrange(8)
    if kind == 0:
        return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]
    if kind == 1:
        return data[:at] + rng.randbytes(length) + data[at + length :]
    if kind == 2:
        return data[:at]
    if kind == 3:
        return data[:at] + data[at + length :]
    if kind == 4:
        return data[:at] + data[at : at + length] * rng.choice((2, 3, 100)) + data[at + length :]
    if kind == 5:
        return data[:at] + rng.choice(TEXTS) + data[at:]
    size = rng.choice(("<H", "<I", ">H", ">I", "<Q"))
    number = rng.choice(NUMBERS) % (1 << 8 * struct.calcsize(size))
    return data[:at] + struct.pack(size, number) + data[at + struct.calcsize(size) :]


def elements(data: bytes) -> list[tuple[int, int, int]]:
    """(where the VR stands, where the value begins, its length) of the elements of an Explicit VR Little Endian file, items' too."""
    found, at = [], 132
    while at + 8 <= len(data):
        if data[at : at + 2] == b"\xfe\xff":  # an item or a delimiter: its content follows
            at += 8
            continue
        vr = data[at + 4 : at + 6]
        start = at + (12 if vr in _LONG else 8)
        length = struct.unpack_from("<I", data, at + 8)[0] if vr in _LONG and at + 12 <= len(data) else 0
        length = length if vr in _LONG else struct.unpack_from("<H", data, at + 6)[0]
        if not vr.isalpha() or (vr == b"OB" and length == 0xFFFFFFFF):
            break
        if start + length > len(data) and vr != b"SQ":
            break
        found.append((at + 4, start, 0 if vr == b"SQ" else length))
        at = start + (0 if vr == b"SQ" else length)
    return found


def _element(data: bytes, rng: random.Random) -> bytes:
    """Another value, VR or length of one DICOM element; a value keeps its length where it can, so that the file stays one."""
    known = elements(data)
    if not known:
        return _bytes(data, rng)
    vr_at, start, length = rng.choice(known)
    kind = rng.random()
    if kind < 0.1:
        return data[:vr_at] + rng.choice(VRS) + data[vr_at + 2 :]
    if kind < 0.2:
        return data[: start - 2] + struct.pack("<H", rng.choice(NUMBERS) % 65536) + data[start:]
    if kind < 0.3:
        return data[: vr_at - 4] + data[start + length :]
    if data[vr_at : vr_at + 2] in (b"US", b"SS", b"UL", b"SL", b"AT") and length in (2, 4):
        value = struct.pack("<Q", rng.choice(NUMBERS) % (1 << 64))[:length]
    elif data[vr_at : vr_at + 2] == b"UI":
        value = rng.choice((b"1.2.3", b"1.2.840.10008.1.2.1.99", b"1.2.840.10008.1.2.5", b"../../x", rng.choice(TEXTS)))
    else:
        value = rng.choice(TEXTS) if length < 64 else rng.randbytes(length)
    if rng.random() < 0.5 and start - vr_at == 4:  # a length of its own, which only elements of short VR have in two bytes
        value = (value + b" " * (len(value) % 2))[:65534]
        return data[: start - 2] + struct.pack("<H", len(value)) + value + data[start + length :]
    return data[:start] + value.ljust(length, b" ")[:length] + data[start + length :]


def _nifti_field(data: bytes, rng: random.Random) -> bytes:
    """Another number in the header: sizes, type, offset, voxel sizes, slope, codes, quaternion, rows of the sform."""
    places = [(0, "i"), *((40 + 2 * n, "h") for n in range(8)), (70, "h"), (72, "h"), (123, "b"), (252, "h"), (254, "h")]
    places += [(at, "f") for at in (*range(76, 124, 4), *range(256, 328, 4))]
    at, form = rng.choice(places)
    if form == "f":
        value = struct.pack("<f", max(-3.4e38, min(3.4e38, number)) if abs(number := rng.choice(FLOATS)) < float("inf") else number)
    elif form == "b":
        value = bytes([rng.randrange(256)])
    else:
        number = rng.choice((*NUMBERS, *range(20), 512, 768, 1024, 1280, 1536, 1792, 2048, 2304, 540))
        value = struct.pack("<q", number)[: struct.calcsize(form)]
    return data[:at] + value + data[at + len(value) :]


def _nrrd_line(data: bytes, rng: random.Random) -> bytes:
    """Another header line: its value, its field, gone, twice, or a new one."""
    head, blank, rest = data.partition(b"\n\n")
    lines = head.split(b"\n")
    at = rng.randrange(len(lines))
    field, colon, value = lines[at].partition(b":")
    kind = rng.randrange(6)
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(at, lines[rng.randrange(len(lines))])
    elif kind == 2:
        new = (b"data file", b"byte skip", b"line skip", b"byteskip", b"encoding", b"endian", b"space", b"kinds", b"space units", b"units")
        values = (b"raw", b"gzip", b"LIST", b"raw.nrrd", b"../raw.nrrd", b'"mm" "mm', b"'cm'", b"f%d 1 9 1")
        lines.insert(rng.randrange(1, len(lines) + 1), rng.choice(new) + b": " + rng.choice((*TEXTS, *values)))
    else:
        parts = re.split(rb"([ ,()]+)", value.strip(b"= "))
        parts[rng.randrange(len(parts))] = rng.choice((*TEXTS, str(rng.choice(NUMBERS)).encode()))
        lines[at] = field + colon + b" " + b"".join(parts)
    return b"\n".join(lines) + blank + rest


def _json_value(data: bytes, rng: random.Random) -> bytes:
    """Another value somewhere in the tree, a key less or more, or arrays without end."""
    try:
        tree = json.loads(data)
    except (ValueError, RecursionError):
        return _bytes(data, rng)
    if rng.random() < 0.02:
        return b"[" * 100_000
    if not isinstance(tree, (dict, list)) or not tree:
        return json.dumps(rng.choice(VALUES)).encode(errors="surrogatepass")
    node: Any = tree
    while True:
        key = rng.choice(list(node) if isinstance(node, dict) else range(len(node)))
        if not (isinstance(node[key], (dict, list)) and node[key]) or rng.random() < 0.25:
            break
        node = node[key]
    if rng.random() < 0.15:
        del node[key]
    elif rng.random() < 0.1 and isinstance(node, dict):
        node[rng.choice(("checkpoint", "image", "x", "../x", "format"))] = rng.choice(VALUES)
    else:
        node[key] = rng.choice(VALUES)
    return json.dumps(tree).encode(errors="surrogatepass")
