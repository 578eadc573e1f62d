# SPDX-License-Identifier: Apache-2.0
"""Knows how two requests are compared: in turns within one run, so that what
else the machine does meets both, and by the medians of the rounds."""

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


def against(name, what, bound, pair, effort):
    """A row about the share of the unprotected requests that are left: by
    requests a second and by CPU a request, of which the lower one counts,
    since a load that is slower than the server flatters the first."""
    base, ours = [], []
    by_rate, by_cpu = [], []
    for _ in range(effort.rounds):
        b, o = there_and_back(pair, effort.seconds)
        by_rate.append(sum(s.rate for s in o) / sum(s.rate for s in b))
        by_cpu.append(sum(s.cpu for s in b) / sum(s.cpu for s in o))
        base += b
        ours += o
    ratio = min(median(by_rate), median(by_cpu))
    return Row(name, what, f"≥ {bound:.2f}" if bound else "", ratio, cpu(ours),
               cpu(base), spread(by_cpu), ratio >= bound if bound else None,
               {"by_rate": median(by_rate), "by_cpu": median(by_cpu),
                "busy": median(o.busy for o in ours),
                "rate": median(o.rate for o in ours)})
