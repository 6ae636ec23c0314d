# SPDX-License-Identifier: MIT
"""csource.py - functions of a C file: where they are, replacing a body or all, taking one out.

Universal Ctags says which functions a file defines and where each begins and ends; a
small lexer (comments, strings, brackets) finds the body inside those lines.  Nothing
depends on line numbers kept elsewhere or on marks in the kernel's sources.
"""
import collections
import functools
import json
import shutil
import subprocess


class SourceError(Exception):
    """A function is not where a manifest says it is."""


class Function:
    """One definition: [start, end) with its comment, [body, end) its braces; offsets."""

    def __init__(self, name, start, body, end):
        self.name, self.start, self.body, self.end = name, start, body, end


def tokens(text, start=0):
    """(offset, token) of everything but white space and comments."""
    i, n = start, len(text)
    while i < n:
        c = text[i]
        if c in " \t\r\n":
            i += 1
        elif text.startswith("/*", i):
            i = text.find("*/", i + 2)
            i = n if i < 0 else i + 2
        elif text.startswith("//", i):
            i = text.find("\n", i)
            i = n if i < 0 else i
        elif c in "\"'":
            j = i + 1
            while j < n and text[j] != c:
                j += 2 if text[j] == "\\" else 1
            yield i, text[i:j + 1]
            i = j + 1
        elif c.isalnum() or c == "_":
            j = i
            while j < n and (text[j].isalnum() or text[j] == "_"):
                j += 1
            yield i, text[i:j]
            i = j
        else:
            yield i, c
            i += 1


def token_list(text):
    """The tokens alone: two texts with the same list are the same program."""
    return [t for _, t in tokens(text)]


def _braces(text, start):
    """The offsets of the first { after start and behind its matching }."""
    depth, first = 0, None
    for at, tok in tokens(text, start):
        if tok == "{":
            if depth == 0:
                first = at
            depth += 1
        elif tok == "}":
            depth -= 1
            if depth == 0:
                return first, at + 1
    raise SourceError("unbalanced braces")


def _definition_start(text, name_line_start):
    """Where the definition begins: after whatever ends before it, its comment included."""
    lines = text[:name_line_start].split("\n")
    lines.pop()                 # the text before name_line_start ends with a newline
    i = len(lines)
    while i > 0:                # return type, attributes
        line = lines[i - 1].strip()
        if line == "" or line.endswith((";", "}", "*/")) or line.startswith(("#", "//")):
            break
        i -= 1
    if i > 0 and lines[i - 1].strip().endswith("*/"):
        while i > 0 and "/*" not in lines[i - 1]:
            i -= 1
        i -= 1
    else:
        while i > 0 and lines[i - 1].strip().startswith("//"):
            i -= 1
    return sum(len(line) + 1 for line in lines[:i])


@functools.lru_cache(maxsize=1)
def ctags_command():
    for name in ("ctags", "ctags-universal", "universal-ctags"):
        path = shutil.which(name)
        if path and "Universal Ctags" in subprocess.run([path, "--version"], check=False,
                                                        capture_output=True, text=True).stdout:
            return path
    raise SourceError("universal-ctags is not installed (Debian: apt-get install universal-ctags)")


def functions(path):
    """{name: Function} of the C file at path."""
    return _functions(str(path), read(path))


@functools.lru_cache(maxsize=256)
def _functions(path, text):
    done = subprocess.run([ctags_command(), "--options=NONE", "--output-format=json", "--c-kinds=f",
                           "--language-force=C", "--fields=+ne-P", "-o", "-", path], check=True,
                          capture_output=True, text=True, errors="replace")
    line_starts = [0]
    for line in text.split("\n"):
        line_starts.append(line_starts[-1] + len(line) + 1)
    found = {}
    for row in done.stdout.splitlines():
        tag = json.loads(row)
        if tag.get("_type") != "tag" or "end" not in tag:
            continue
        name_line = line_starts[tag["line"] - 1]
        body, end = _braces(text, name_line)
        if end > line_starts[tag["end"]]:
            raise SourceError("%s: %s: its body is not where ctags says" % (path, tag["name"]))
        found[tag["name"]] = Function(tag["name"], _definition_start(text, name_line), body, end)
    return found


def read(path):
    """A file's text; bytes that are no UTF-8, in a student's comment, come through."""
    with open(path, encoding="utf-8", errors="surrogateescape") as f:
        return f.read()


def write(path, text):
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as f:
        f.write(text)


def body_of(path, name):
    """The text of a function's body, braces included."""
    found = functions(path)
    if name not in found:
        raise SourceError("%s defines no function %s" % (path, name))
    return read(path)[found[name].body:found[name].end]


def definition(path, name):
    """A whole function, its comment included."""
    f = functions(path)[name]
    return read(path)[f.start:f.end].lstrip("\n") + "\n"


def rest_of(path, names):
    """What the file at path has besides the functions named and its opening comments."""
    found, text = functions(path), read(path)
    cuts = sorted((found[n].start, found[n].end) for n in names)
    for start, end in reversed(cuts):
        text = text[:start] + text[end:]
    first = next((at for at, _ in tokens(text)), len(text))
    text = text[first:].strip("\n")
    return text + "\n\n" if text else ""


def edit(path, bodies, remove=(), add=""):
    """Give the functions of bodies {name: text} new bodies, take those of remove out, and
    put the text add before the first of bodies."""
    found, text = functions(path), read(path)
    missing = [n for n in list(bodies) + list(remove) if n not in found]
    if missing:
        raise SourceError("%s defines no function %s" % (path, ", ".join(missing)))
    cuts = [(found[n].body, found[n].end, body) for n, body in bodies.items()]
    if add:
        at = min(found[n].start for n in bodies)
        cuts.append((at, at, add))
    for n in remove:
        end = found[n].end
        while text.startswith("\n\n", end):
            end += 1
        cuts.append((found[n].start, end + text.startswith("\n", end), ""))
    for start, end, new in sorted(cuts, reverse=True):
        text = text[:start] + new + text[end:]
    write(path, text)


def give(path, ours, names):
    """Put whole functions of the file ours into the one at path, heads and comments too: in
    place of those with their names there, else behind what they stand behind in ours."""
    there, text = functions(path), read(path)
    staffs, from_text = functions(ours), read(ours)
    missing = [n for n in names if n not in staffs]
    if missing:
        raise SourceError("%s defines no function %s" % (ours, ", ".join(missing)))
    order = sorted(staffs, key=lambda n: staffs[n].start)
    known = [n for n in order if n in there]
    cuts = [(there[n].start, there[n].end, "") for n in names if n in there]
    # Nobody may come before what he comes behind in ours: he may call it.
    at = min((there[n].start for n in known[:1]), default=len(text))
    put = {}				# offset in text -> definitions
    for n in order:
        if n not in names:
            at = max(at, there[n].end) if n in there else at
            continue
        if n in there:
            at = max(at, there[n].start)
        put.setdefault(at, []).append(definition(ours, n).rstrip("\n"))
    for offset, new in put.items():
        replaced = [c for c in cuts if c[0] == offset]
        new = "\n\n".join(new)
        if replaced:
            cuts.remove(replaced[0])
            lead = text[offset:replaced[0][1]]
            cuts.append((offset, replaced[0][1], lead[:len(lead) - len(lead.lstrip("\n"))] + new))
        elif offset in [f.end for f in there.values()]:
            cuts.append((offset, offset, "\n\n" + new))
        else:
            cuts.append((offset, offset, new + "\n\n"))
    for n in names:				# what announces one says what it is now
        f = staffs[n]
        first = next(i for i, _ in tokens(from_text, f.start))
        for start, end in _announced(text, n):
            cuts.append((start, end, from_text[first:f.body].rstrip() + ";"))
    for start, end, new in sorted(cuts, key=lambda c: c[:2], reverse=True):
        if new == "" and start < end:		# and the empty lines behind it
            while text.startswith("\n\n", end):
                end += 1
            end += text.startswith("\n", end)
        text = text[:start] + new + text[end:]
    used = _words(read(path))
    write(path, text)
    _drop_unused(path, set(there) - set(staffs), used)


def _words(text):
    return collections.Counter(token_list(text))


def _announced(text, name):
    """[start, end) of the declarations of a function outside of all braces."""
    depth, begin, found, last = 0, 0, [], None
    seen = False
    for at, tok in tokens(text):
        if begin is None:
            begin = at
        if tok == "#" and depth == 0:		# its line is none of a declaration's
            begin, seen = None, False
            last = text.find("\n", at)
        elif last is not None and at < last:
            begin = None
        elif tok in "{}":
            depth += 1 if tok == "{" else -1
            begin, seen = None, False
        elif depth == 0 and tok == name:
            seen = True
        elif depth == 0 and tok == "=":
            seen = False
        elif tok == ";":
            if seen and depth == 0:
                found.append((begin, at + 1))
            begin, seen = None, False
    return found


def _drop_unused(path, names, used):
    """Take out the static functions of names that were in use and are not any more."""
    while True:
        text, there, now = read(path), functions(path), _words(read(path))
        gone = [n for n in names & set(there) if now[n] - len(_announced(text, n)) == 1 and used[n] > 1 and
                "static" in token_list(text[there[n].start:there[n].body])]
        if not gone:
            return
        cuts = [(there[n].start, there[n].end) for n in gone]
        cuts += [x for n in gone for x in _announced(text, n)]
        for start, end in sorted(cuts, reverse=True):
            while text.startswith("\n\n", end):
                end += 1
            text = text[:start] + text[end + text.startswith("\n", end):]
        write(path, text)
