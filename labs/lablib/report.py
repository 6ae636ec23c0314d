# SPDX-License-Identifier: MIT
"""report.py - a grading's results: for people, as JSON, JUnit XML, Gradescope's JSON.

A report has a row for each test from the beginning: whatever happens to the grader, the
last file that was written is complete, and what has not run counts 0 and says so.
"""
import json
import os
from xml.sax.saxutils import escape, quoteattr

VISIBILITIES = ("hidden", "after_due_date", "after_published", "visible")


class Row:
    """One test's outcome."""

    def __init__(self, test):
        self.test = test
        self.done = self.ok = False
        self.expected, self.seen, self.command = "the test to run", "it has not", ""
        self.seconds = 0.0

    @property
    def points(self):
        return self.test.points if self.ok else 0

    def passed(self):
        self.done = self.ok = True
        self.expected = self.seen = ""

    def failed(self, expected, seen, command):
        self.done = True
        self.expected, self.seen, self.command = printable(str(expected)), printable(str(seen)), command


class Report:
    def __init__(self, lab, title, tests):
        self.lab, self.title = lab, title
        self.rows = [Row(t) for t in tests]
        self.build_error = None
        self.notes = []
        self.seconds = 0.0
        self.hidden_visibility = "after_due_date"

    @property
    def max_points(self):
        return sum(r.test.points for r in self.rows)

    def score(self):
        return sum(r.points for r in self.rows)

    def line(self, row, verbose=False):
        """What a person sees of one test."""
        t = row.test
        head = "%-4s %3d/%-3d %s: %s" % ("ok" if row.ok else "FAIL", row.points, t.points, t.name,
                                         t.title)
        out = [head]
        if row.ok:
            return head
        seen = row.seen.splitlines()
        if not verbose and len(seen) > 12:
            seen[12:] = ["(and %d lines more: -v shows them)" % (len(seen) - 12)]
        seen = "\n".join(seen)
        for label, text in (("expected", row.expected), ("seen", seen), ("read", t.read),
                            ("again", "" if t.hidden else "./grade-lab-%s %s" % (self.lab, t.name)),
                            ("by hand", row.command)):
            if text:
                lines = text.splitlines() or [""]
                out.append("       %-9s %s" % (label + ":", lines[0]))
                out += ["                 " + x for x in lines[1:]]
        return "\n".join(out)

    def as_json(self):
        return {"lab": self.lab, "title": self.title, "score": self.score(),
                "max_score": self.max_points, "build_error": self.build_error,
                "notes": self.notes, "seconds": round(self.seconds, 2),
                "tests": [{"name": r.test.name, "title": r.test.title, "hidden": r.test.hidden,
                           "points": r.points, "max_points": r.test.points, "run": r.done,
                           "ok": r.ok, "expected": r.expected, "seen": r.seen, "read": r.test.read,
                           "command": r.command, "seconds": round(r.seconds, 2)}
                          for r in self.rows]}

    def _output(self, r):
        if r.ok:
            return r.test.title
        if not r.done:
            return "not run: " + (self.build_error.splitlines()[0].rstrip(":") if self.build_error
                                  else "the grading was stopped before")
        return "%s\nexpected: %s\nseen: %s\nread: %s\nby hand: %s" % (
            r.test.title, r.expected, r.seen, r.test.read, r.command)

    def as_gradescope(self):
        """Gradescope's "Autograder specifications", output format."""
        output = list(self.notes)
        if self.build_error:
            output.append(self.build_error)
        return {"score": self.score(), "execution_time": round(self.seconds),
                "output": "\n".join(output), "output_format": "text",
                "visibility": "visible", "stdout_visibility": "hidden",
                "tests": [{"name": r.test.name, "score": r.points, "max_score": r.test.points,
                           "status": "passed" if r.ok else "failed", "output": self._output(r),
                           "output_format": "text",
                           "visibility": self.hidden_visibility if r.test.hidden else "visible",
                           "extra_data": {"execution_time": round(r.seconds, 2)}}
                          for r in self.rows]}

    def as_junit(self):
        rows = []
        for r in self.rows:
            body = ""
            if not r.done:
                body = "<skipped message=%s/>" % quoteattr(self._output(r))
            elif not r.ok:
                body = "<failure message=%s>%s</failure>" % (
                    quoteattr("expected " + r.expected[:200]), escape(r.seen))
            rows.append("  <testcase classname=%s name=%s time=\"%.2f\">%s</testcase>" % (
                quoteattr(self.lab), quoteattr(r.test.name), r.seconds, body))
        if self.build_error:
            rows.append("  <testcase classname=%s name=\"build\"><error>%s</error></testcase>" % (
                quoteattr(self.lab), escape(self.build_error)))
        bad = sum(r.done and not r.ok for r in self.rows)
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=%s tests=\"%d\" " \
            "failures=\"%d\" errors=\"%d\" skipped=\"%d\" time=\"%.2f\">\n%s\n</testsuite>\n" % (
                quoteattr(self.lab), len(rows), bad, bool(self.build_error),
                sum(not r.done for r in self.rows), self.seconds, "\n".join(rows))

    def write(self, json_path=None, junit=None, gradescope=None):
        """Whole files only: a grader that is killed leaves the last complete one."""
        for path, text in ((json_path, json.dumps(self.as_json(), indent=1)),
                           (junit, self.as_junit()),
                           (gradescope, json.dumps(self.as_gradescope(), indent=1))):
            if path:
                with open(path + ".tmp", "w", encoding="utf-8") as f:
                    f.write(text)
                os.replace(path + ".tmp", path)


def printable(text, lines="\n\t", most=20000):
    """Text from a student's kernel or tree as every format and reader can take it: no control
    characters but lines, no halves of pairs, not too much."""
    return "".join(c if c in lines or c >= " " and c not in "\x7f\ufffe\uffff"
                   and not "\ud800" <= c <= "\udfff" else "?" for c in text[:most])
