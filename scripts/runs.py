# SPDX-License-Identifier: MIT
"""What the scripts over finished runs share: the rounds of a cell, and intervals of 95%.

A cell is named by words, 'kernel=stream ring=cached batch=1'; what is not said must leave one cell.
Of a disturbed round that was repeated the first clean attempt counts, else the last.
"""
import json
import math
import os
import random
import statistics

METRICS = ('ns_per_msg', 'rtt_ns', 'ns_per_line', 'wake_p50_ns')
REPLICATES = 4000


def lines(run, name='samples.jsonl'):
    path = os.path.join(run, name)
    try:
        with open(path, encoding='utf-8') as f:
            return [json.loads(line) for line in f]
    except OSError as e:
        raise SystemExit('%s: %s' % (path, e.strerror)) from e
    except ValueError as e:
        raise SystemExit('%s: %s' % (path, e)) from e


def is_level(factor, level):
    return level == ('null' if factor is None else str(factor))


def wanted(factors, words):
    for word in words.split():
        name, _, level = word.partition('=')
        if name not in factors:
            raise SystemExit('the run has no factor %s' % name)
        if not is_level(factors[name], level):
            return False
    return 'replica=' in words or factors.get('replica') in (None, 0)


def cell(samples, words):
    """The samples of the one cell that `words` name."""
    found = {}
    for sample in samples:
        if wanted(sample['factors'], words):
            found.setdefault(sample['cell'], []).append(sample)
    if len(found) != 1:
        raise SystemExit('%d cells are %s; name one' % (len(found), words))
    return next(iter(found.values()))


def rounds(samples, words, metric=None):
    """round -> metric (if none is named, that of the kernel) of the one cell that `words` name."""
    best = {}
    for sample in cell(samples, words):
        old = best.get(sample['round'])
        if sample['status'] == 'ok' and (old is None or old['disturbed']):
            best[sample['round']] = sample
    if not best:
        raise SystemExit('no good round of %s' % words)
    first = next(iter(best.values()))['metrics']
    name = metric or next(m for m in METRICS if m in first)
    if name not in first:
        raise SystemExit('no metric %s; there are: %s' % (name, ', '.join(sorted(first))))
    return {r: s['metrics'][name] for r, s in best.items()}


def bootstrap(values, seed=1):
    """Median, and its percentile interval."""
    dice = random.Random(seed)
    medians = sorted(statistics.median(dice.choices(values, k=len(values)))
                     for _ in range(REPLICATES))
    tail = REPLICATES // 40
    return statistics.median(values), medians[tail], medians[REPLICATES - tail - 1]


def order_statistics(values):
    """Median, and the exact interval between two of the values; NaN where there are too few."""
    n, x = len(values), sorted(values)
    rank, tail = 0, 0.0 # the interval is x[rank - 1] to x[n - rank]
    while rank < n // 2:
        tail += math.comb(n, rank) / 2 ** n
        if tail > 0.025:
            break
        rank += 1
    if rank == 0:
        return statistics.median(x), math.nan, math.nan
    return statistics.median(x), x[rank - 1], x[n - rank]


def paired(slow, fast):
    """Ratios slow / fast of the rounds that both have."""
    ratios = [slow[r] / fast[r] for r in fast if r in slow]
    if not ratios:
        raise SystemExit('the two cells have no round in common')
    return ratios


def digits(value, n=3):
    return '%g' % float('%.*g' % (n, value))


def quote(estimate, n=3):
    return '%s [%s, %s]' % tuple(digits(v, n) for v in estimate)


def say(estimate, count, what, n=3):
    print('%s  of %d %s' % (quote(estimate, n), count, what))
