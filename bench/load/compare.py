# SPDX-License-Identifier: Apache-2.0
"""Compares two requests: in turns within one run, so that what else the
machine does affects both, and by the medians of the rounds."""

from dataclasses import dataclass, field
from statistics import median, quantiles

from load import window


@dataclass
class Effort:
    """How much is measured."""
    rounds: int
    seconds: int
    cold: int      # tokens, every one new
    before: int    # others that a worker has met before them
    many: int      # tokens in turn
    distinct: int  # tokens that a worker meets while its memory is watched
    logins: int
    micro: float   # seconds for each of the micro benches


FULL = Effort(11, 1, 40_000, 60_000, 100_000, 1_000_000, 300, 0.2)
QUICK = Effort(1, 1, 800, 500, 1_000, 5_000, 10, 0.01)


@dataclass
class Row:
    """What a row of the table shows. Microseconds are of the server's CPU,
    a request; `ratio` is what the row's bound is about."""
    name: str
    what: str
    must: str = ""
    ratio: float | None = None
    cpu_us: float | None = None
    base_cpu_us: float | None = None
    spread: float | None = None  # of the ratio: its middle half / median
    holds: bool | None = None    # None: the row has no bound
    more: dict = field(default_factory=dict)

    def as_json(self):
        shown = {"ratio": self.ratio, "cpu_us": self.cpu_us,
                 "base_cpu_us": self.base_cpu_us, "spread": self.spread,
                 "must": self.must, "holds": self.holds, **self.more}
        return {key: round(value, 4) if isinstance(value, float) else value
                for key, value in shown.items()}


def there_and_back(targets, seconds):
    """Two samples for each target, so that what changes steadily meets all
    alike."""
    there = [window(target, seconds) for target in targets]
    back = [window(target, seconds) for target in reversed(targets)]
    return list(zip(there, reversed(back)))


def spread(values):
    """How far the middle half of the rounds reaches, over the median."""
    if len(values) < 2:
        return 0.0
    low, _, high = quantiles(values, n=4, method="inclusive")
    return (high - low) / median(values)


def cpu(samples):
    return median(sample.cpu for sample in samples)


BUSY = 0.95  # the least share of the time that a saturated server works


def compared(rounds):
    """What rounds of samples of the base and of ours come to. The ratio is by
    CPU a request; by requests a second only where that is lower and both
    servers were busy: otherwise the load decides how many requests there
    are."""
    by_cpu = [sum(s.cpu for s in b) / sum(s.cpu for s in o)
              for b, o in rounds]
    by_rate = [sum(s.rate for s in o) / sum(s.rate for s in b)
               for b, o in rounds]
    busy = min(median(s.busy for samples in side for s in samples)
               for side in zip(*rounds))
    ratio = median(by_cpu)
    if busy >= BUSY:
        ratio = min(ratio, median(by_rate))
    return ratio, spread(by_cpu), {"by_cpu": median(by_cpu),
                                   "by_rate": median(by_rate), "busy": busy}


def against(name, what, bound, pair, effort):
    """A row about the share of the unprotected requests that are left."""
    rounds = [there_and_back(pair, effort.seconds)
              for _ in range(effort.rounds)]
    base, ours = (sum(side, ()) for side in zip(*rounds))
    ratio, reach, more = compared(rounds)
    return Row(name, what, f"≥ {bound:.2f}" if bound else "", ratio, cpu(ours),
               cpu(base), reach, ratio >= bound if bound else None,
               {**more, "rate": median(o.rate for o in ours)})
