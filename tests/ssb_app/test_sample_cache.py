"""The cache makes a value once, keeps the latest within its limit, and lets one computation run at a time."""

import threading
import time

import pytest

from ssb_app.sample_cache import SampleCache


def in_threads(count, work):
    threads = [threading.Thread(target=work, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    return threads


def test_a_value_is_made_once_and_counted():
    cache = SampleCache(100, len)
    assert cache.get_or_make("a", lambda: "first") == "first"
    assert cache.get_or_make("a", lambda: "second") == "first"
    assert (cache.runs, cache.hits) == (1, 1)


def test_the_least_recently_used_value_is_dropped_first():
    cache = SampleCache(10, len)
    cache.get_or_make("a", lambda: "1234")
    cache.get_or_make("b", lambda: "1234")
    cache.get("a")
    cache.get_or_make("c", lambda: "1234")
    assert cache.get("b") is None
    assert cache.values() == ["1234", "1234"]


def test_a_value_larger_than_the_limit_is_kept_alone():
    cache = SampleCache(10, len)
    cache.get_or_make("a", lambda: "1234")
    cache.get_or_make("b", lambda: "1" * 50)
    assert cache.get("a") is None
    assert cache.get("b") == "1" * 50
    cache.get_or_make("c", lambda: "12345")
    assert cache.values() == ["12345"]


def test_threads_that_ask_for_the_same_key_share_one_run():
    cache = SampleCache(100, len)
    answers = []

    def make():
        time.sleep(0.05)
        return "value"

    for thread in in_threads(5, lambda n: answers.append(cache.get_or_make("a", make))):
        thread.join()
    assert answers == ["value"] * 5
    assert (cache.runs, cache.hits) == (1, 4)


def test_only_one_value_is_made_at_a_time():
    cache = SampleCache(100, len)
    running, most = [], []

    def make():
        running.append(1)
        most.append(len(running))
        time.sleep(0.02)
        running.pop()
        return "value"

    for thread in in_threads(4, lambda n: cache.get_or_make(str(n), make)):
        thread.join()
    assert most == [1, 1, 1, 1]


def test_a_failed_run_is_not_kept_and_frees_the_turn():
    cache = SampleCache(100, len)
    with pytest.raises(ValueError, match="broken"):
        cache.get_or_make("a", lambda: (_ for _ in ()).throw(ValueError("broken")))
    assert cache.get_or_make("a", lambda: "value") == "value"
    assert cache.runs == 1


def test_clear_forgets_the_values_and_keeps_the_counters():
    cache = SampleCache(100, len)
    cache.get_or_make("a", lambda: "value")
    cache.clear()
    assert cache.values() == []
    assert cache.runs == 1
