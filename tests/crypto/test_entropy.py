"""Random bytes fetched for many uses at once."""

import os
from concurrent.futures import ThreadPoolExecutor

from consentry.crypto.entropy import PIECE_BYTES, random_piece


def test_no_piece_is_given_out_twice_whoever_asks() -> None:
    with ThreadPoolExecutor(8) as threads:
        given = list(threads.map(lambda _: random_piece(), range(20_000)))
    assert len(set(given)) == len(given)
    assert {len(one) for one in given} == {PIECE_BYTES}


def test_a_forked_child_gets_pieces_of_its_own() -> None:
    random_piece()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, random_piece())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(reader, PIECE_BYTES)
    os.close(reader)
    os.close(writer)
    assert len(theirs) == PIECE_BYTES
    assert theirs not in [random_piece() for _ in range(2_000)]
