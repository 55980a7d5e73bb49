from infra.backoff import Backoff


def test_delays_double_up_to_the_longest_with_jitter_below() -> None:
    backoff = Backoff(first=1.0, longest=6.0)
    for full in (1.0, 2.0, 4.0, 6.0, 6.0):
        assert full / 2 <= backoff.next_delay() <= full


def test_a_success_starts_over() -> None:
    backoff = Backoff(first=1.0, longest=64.0)
    delays = [backoff.next_delay() for _ in range(5)]
    backoff.reset()
    assert backoff.next_delay() <= 1.0 < delays[-1]
