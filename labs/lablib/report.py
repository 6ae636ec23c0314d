# SPDX-License-Identifier: MIT
"""report.py - a grading's results: for people, as JSON, JUnit XML, Gradescope's JSON."""
import json
import textwrap
from xml.sax.saxutils import quoteattr, escape


class Row:
    """One test's outcome."""

    def __init__(self, test, ok, expected="", seen="", command="", seconds=0.0):
        self.test, self.ok, self.expected, self.seen = test, ok, expected, seen
        self.command, self.seconds = command, seconds
        self.points = test.points if ok else 0


class Report:
    def __init__(self, lab, title):
        self.lab, self.title, self.rows = lab, title, []
        self.build_error = None
        self.notes = []
        self.seconds = 0.0
        self.max_points = 0

    def score(self):
        return sum(r.points for r in self.rows)

    def line(self, row):
        """What a student sees of one test."""
        t = row.test
        head = "%-4s %3d/%-3d %s: %s" % ("ok" if row.ok else "FAIL", row.points, t.points, t.name,
                                         t.title)
        if row.ok:
            return head
        out = [head]
        if t.hidden:
            return head + "\n       (a hidden test)"
        for label, text in (("expected", row.expected), ("seen", row.seen), ("read", t.read),
                            ("again", "./grade-lab-%s %s" % (self.lab, t.name)),
                            ("or", row.command)):
            if text:
                lines = str(text).splitlines() or [""]
                out.append("       %-9s %s" % (label + ":", lines[0]))
                out += ["                 " + x for x in lines[1:]]
        return "\n".join(out)

    def as_json(self):
        return {"lab": self.lab, "title": self.title, "score": self.score(),
                "max_score": self.max_points, "build_error": self.build_error,
                "notes": self.notes, "seconds": round(self.seconds, 2),
                "tests": [{"name": r.test.name, "title": r.test.title, "hidden": r.test.hidden,
                           "points": r.points, "max_points": r.test.points, "ok": r.ok,
                           "expected": r.expected, "seen": str(r.seen), "read": r.test.read,
                           "seconds": round(r.seconds, 2)} for r in self.rows]}

    def as_gradescope(self):
        """https://gradescope-autograders.readthedocs.io, "Output format"."""
        tests = [{"name": r.test.name, "score": r.points, "max_score": r.test.points,
                  "status": "passed" if r.ok else "failed",
                  "output": "%s\n%s" % (r.test.title, "" if r.ok else "expected %s\nseen: %s\nread: %s"
                                        % (r.expected, r.seen, r.test.read)),
                  "visibility": "after_due_date" if r.test.hidden else "visible",
                  "extra_data": {"seconds": round(r.seconds, 2)}} for r in self.rows]
        out = {"score": self.score(), "execution_time": round(self.seconds, 2),
               "output": "\n".join(self.notes), "visibility": "visible",
               "stdout_visibility": "hidden", "tests": tests}
        if self.build_error:
            out["output"] = "The kernel does not build:\n" + self.build_error
            out["tests"] = tests or [{"name": "build", "score": 0, "max_score": self.max_points,
                                      "status": "failed", "output": self.build_error,
                                      "visibility": "visible"}]
        return out

    def as_junit(self):
        rows = []
        for r in self.rows:
            body = "" if r.ok else "<failure message=%s>%s</failure>" % (
                quoteattr("expected " + str(r.expected)[:200]), escape(str(r.seen)))
            rows.append("  <testcase classname=%s name=%s time=\"%.2f\">%s</testcase>" % (
                quoteattr(self.lab), quoteattr(r.test.name), r.seconds, body))
        if self.build_error:
            rows.append("  <testcase classname=%s name=\"build\"><error>%s</error></testcase>" % (
                quoteattr(self.lab), escape(self.build_error)))
        bad = sum(not r.ok for r in self.rows) + bool(self.build_error)
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" \
            "<testsuite name=%s tests=\"%d\" failures=\"%d\" time=\"%.2f\">\n%s\n</testsuite>\n" % (
                quoteattr(self.lab), len(rows), bad, self.seconds, "\n".join(rows))

    def write(self, json_path=None, junit=None, gradescope=None):
        """Whole files only: a grader that is killed leaves the last complete one."""
        import os
        for path, text in ((json_path, json.dumps(self.as_json(), indent=1)),
                           (junit, self.as_junit()),
                           (gradescope, json.dumps(self.as_gradescope(), indent=1))):
            if path:
                with open(path + ".tmp", "w", encoding="utf-8") as f:
                    f.write(text)
                os.replace(path + ".tmp", path)


def wrap(text):
    return textwrap.fill(text, 98)
