# SPDX-License-Identifier: MIT
"""Mutants of the gate: records of mutants*.txt and harmless.txt, and a source with one applied."""
import collections
import re

COMMENT = re.compile(r'/\*.*?\*/|//[^\n]*', re.S)
ORDERED = re.compile(
    r'\brs_(?:load|store|fence|exchange)_(?:acquire|release|acq_rel|seq_cst|light)\b')
HEAD = re.compile(r'^@ ([\w/]+\.[ch]) (\w+)((?: \w+)*): (.*)$')

# file: below the root of the project; words: what stands between the function and the colon.
Mutant = collections.namedtuple('Mutant', 'file function words what hunks line')


class Rotten(Exception):
    """A mutant that does not fit the source any more."""


def read(path):
    with open(path, encoding='utf-8') as f:
        return f.read()


def read_mutants(path):
    mutants = []
    for number, line in enumerate(read(path).split('\n'), 1):
        head = HEAD.match(line)
        if head:
            file, function, words, what = head.groups()
            file = file if '/' in file else 'rings/' + file
            mutants.append(Mutant(file, function, words.split(), what, [], number))
        elif line == '...' and mutants:
            mutants[-1].hunks.append(([], []))
        elif line[:1] == '-' and mutants:
            hunks = mutants[-1].hunks
            if not hunks or hunks[-1][1]:
                hunks.append(([], []))
            hunks[-1][0].append(line[1:].strip())
        elif line[:1] == '+' and mutants and mutants[-1].hunks:
            mutants[-1].hunks[-1][1].append(line[1:].strip())
        elif line[:4] == '    ' and mutants and not mutants[-1].hunks:
            continue  # the argument of harmless.txt goes on
        elif line.strip() and line[0] != '#':
            raise Rotten('%s:%d: not part of a record: %s' % (path, number, line))
    return mutants


def code_lines(source):
    """Each line without its comments and indentation."""
    bare = COMMENT.sub(lambda m: re.sub(r'[^\n]', '', m.group()), source)
    return [line.strip() for line in bare.split('\n')]


def ordered_lines(source):
    """The lines, from 1, of accesses and fences that are stronger than relaxed."""
    return [n for n, line in enumerate(code_lines(source), 1)
            for m in ORDERED.finditer(line) if '#define' not in line]


def body_lines(source, m):
    """The lines, from 0, of the function's code."""
    code, lines = code_lines(source), source.split('\n')
    heads = [' '.join(code[i:i + 3]) for i in range(len(code))]
    starts = [i for i, line in enumerate(lines) if re.match(r'[A-Za-z]', line)
              and re.search(r'^[^;{]*\b%s\([^;{]*\{' % m.function, heads[i])]
    if len(starts) != 1:
        raise Rotten('line %d: %s has %d functions %s' % (m.line, m.file, len(starts), m.function))
    last = next(i for i in range(starts[0], len(lines)) if lines[i] == '}')
    return [i for i in range(starts[0], last) if code[i]]


def mutate(source, m):
    """The source with every group of the mutant replaced, line numbers kept."""
    code, lines = code_lines(source), source.split('\n')
    body = body_lines(source, m)
    for old, new in m.hunks:
        texts = [code[i] for i in body]
        at = [k for k in range(len(texts)) if texts[k:k + len(old)] == old]
        if len(at) != 1:
            raise Rotten('line %d: %d matches in %s for\n- %s'
                         % (m.line, len(at), m.function, '\n- '.join(old)))
        place = body[at[0]:at[0] + len(old)]
        for i in place:
            lines[i] = ''
        lines[place[0]] = ' '.join(new)
        del body[at[0]:at[0] + len(old)]
    return '\n'.join(lines)


def harmless_sites(path, root):
    """(file, line) of each access that harmless.txt argues: record."""
    sites = {}
    for m in read_mutants(path):
        source = read('%s/%s' % (root, m.file))
        code = code_lines(source)
        at = [i for i in body_lines(source, m) if m.words and m.words[0] + '(' in code[i]]
        if len(at) != 1:
            raise Rotten('%s:%d: %d of %s in %s' % (path, m.line, len(at), ' '.join(m.words),
                                                    m.function))
        sites[m.file, at[0] + 1] = m
    return sites
