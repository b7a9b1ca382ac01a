"""A short run of the fuzzer in every test run; `make fuzz` runs longer."""

import random

from .fuzz_mail import mutate, run, seeds


def test_mutated_messages_make_the_reader_neither_raise_nor_hang():
    report = run(seconds=4.0, messages=4_000, seed=random.SystemRandom().randrange(2**32))
    assert report.messages > 100
    assert report.failures == ()


def test_the_same_seed_gives_the_same_messages():
    pool = seeds()[:50]
    assert [mutate(pool[9], pool, random.Random(5)) for _ in range(2)] == [mutate(pool[9], pool, random.Random(5))] * 2
