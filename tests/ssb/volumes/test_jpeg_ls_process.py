from __future__ import annotations

import base64
import io
import struct
import time
from concurrent.futures import ThreadPoolExecutor

import jpeg_ls
import numpy as np
import pytest

from ssb.errors import InputError
from ssb.volumes import jpeg_ls_process, jpeg_ls_worker
from ssb.volumes.jpeg_ls_process import decode_jpeg_ls

SLOW = base64.b64decode("""
    /9j/9wALEAAQABABAREA//gADQH//wASAEMBFABA/9oACAEBAAAAABeuN3iR7CX8bvEvsJfxu8S+wl/G7xL7CUCSFTq6JQJHVMrkk8kZpW4JOJFaRXNBki4a
    ul1MKhaNXS4sKhYNXVtYVCsaul0To9wiRxXoHtkROJ8+9oiBxHnnskPOKwrl4Ds7O6Hy8Cl0e4Hx8Arg9sPh39Wx7R9lKBIjRqzJNJDaJWRJhITQqxJLJBaB
    XFCFCoasrKw6FI1ZWFh0KBqyrrDoTjVkuicHsEOOH869chpw3nHrEMOF829UhZxOFNaHrB9u/NkeqH1r62B6gfSvjXHpn2UnkgM+qwkoj8nlVkkkfE6qokgj
    0nG3oUoTDVVVWJQlGqqosShINVVNYlCMaql0TY9QhRwlmnpkJODsy9IhBwVmHokHOIxPrDzw/Ve2qPOD816ag80PxXlpjzD7KTiPCbVKSOR2TSpCRiOiZVGS
    KRyTDbUMUIhqiorFoQjVFQWLQgGqKesWg+NUS6JoegQY4Gy7zyCnAWWecQQ3+yrzSBnDwA==
""")
"""Found by benchmarks/fuzz_readers.py (dicom:10124): CharLS 2.4.3 takes five to ten seconds to refuse it."""


def encoded(bits: int, seed: int = 0) -> tuple[np.ndarray, bytes]:
    kind = np.uint8 if bits == 8 else np.uint16
    values = np.random.default_rng(seed).integers(0, 1 << bits, (40, 30)).astype(kind)
    return values, bytes(jpeg_ls.encode_buffer(values.tobytes(), 40, 30, 1, bits))


@pytest.mark.parametrize("bits", [8, 12, 16])
def test_values_come_back(bits: int) -> None:
    values, codestream = encoded(bits)
    assert decode_jpeg_ls(codestream, values.size, "a.dcm") == values.tobytes()


def test_a_codestream_that_keeps_the_decoder_is_refused_soon_and_the_next_one_is_decoded() -> None:
    values, codestream = encoded(12)
    started = time.process_time(), time.perf_counter()
    with pytest.raises(InputError, match=r"The file a.dcm is broken: its JPEG-LS decoder broke off at a frame that had 0.5 s\."):
        decode_jpeg_ls(SLOW, 256, "a.dcm")
    assert time.process_time() - started[0] < 0.5
    assert time.perf_counter() - started[1] < 5
    assert decode_jpeg_ls(codestream, values.size, "a.dcm") == values.tobytes()


def test_what_is_no_codestream_is_refused_by_the_same_worker() -> None:
    values, codestream = encoded(12)
    decode_jpeg_ls(codestream, values.size, "a.dcm")
    worker = jpeg_ls_process._idle[-1]
    with pytest.raises(InputError, match=r"The file a.dcm is broken: its JPEG-LS pixels cannot be read\."):
        decode_jpeg_ls(b"no codestream", 256, "a.dcm")
    assert jpeg_ls_process._idle[-1] is worker


def test_threads_get_their_own_frames_and_few_workers_stay() -> None:
    frames = [encoded(12, seed) for seed in range(40)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda one: decode_jpeg_ls(one[1], one[0].size, "a.dcm"), frames))
    assert found == [values.tobytes() for values, _ in frames]
    assert len(jpeg_ls_process._idle) <= jpeg_ls_process._MOST_IDLE


def test_a_worker_that_was_killed_meanwhile_is_replaced() -> None:
    values, codestream = encoded(12)
    decode_jpeg_ls(codestream, values.size, "a.dcm")
    for worker in jpeg_ls_process._idle:
        worker._process.kill()
        worker._process.wait()
    assert decode_jpeg_ls(codestream, values.size, "a.dcm") == values.tobytes()


def test_the_worker_answers_until_no_more_comes() -> None:
    values, codestream = encoded(12)
    answers = io.BytesIO()
    asked = [struct.pack("<dQ", 0.0, len(one)) + one for one in (codestream, b"none")]
    jpeg_ls_worker.serve(io.BytesIO(b"".join(asked)), answers)
    size = values.nbytes
    assert answers.getvalue() == b"!" + struct.pack("<Q", size) + values.tobytes() + struct.pack("<Q", 0)
