"""Who may do what, route by route: ``permission_matrix.txt`` says what every role of the cast is answered at every address.

A new route: run this file and paste the line that the failure prints, once it says what ux.md 2.12 wants. A number that changes by itself
is a guard that was lost or gained.
"""

from __future__ import annotations

import re

import pytest

from tests.web.matrix import FOREIGN, SECTIONS, TABLE, Matrix, matrix

__all__ = ["matrix"]

#: parts of an address that name no object of an account
NO_OBJECT = re.compile(r"<partner_code>|<string:month>|<any\(.*?\):\w+>")
#: the operator's own price counts at Winter too
SHARED = {"GET /partner/<partner_code>/prices/<string:code>"}


def stated(section: str) -> list[str]:
    """Lines of a section of the table."""
    lines, here = [], ""
    for line in TABLE.read_text("utf-8").splitlines():
        if line.startswith("["):
            here = line.strip("[]").split("]")[0]
        elif line and not line.startswith("#") and here == section:
            lines.append(" ".join(line.split()))
    return lines


@pytest.mark.parametrize("section", SECTIONS)
def test_every_route_answers_every_role_as_the_table_says(matrix: Matrix, section: str) -> None:
    found = [" ".join(matrix.line(section, method, rule).split()) for method, rule in matrix.rules(section)]
    wanted = stated(section)
    wrong = [f"is      {line}" for line in found if line not in wanted] + [f"stated  {line}" for line in wanted if line not in found]
    wrong.sort(key=lambda line: (line[8:].split("|")[0], line[0]))
    head = f"{TABLE.name} [{section}] {' '.join(SECTIONS[section])}: paste what is right under it, or find the guard that is missing"
    assert not wrong, "\n".join([head, *wrong])


def test_a_guard_that_is_lost_is_noticed(matrix: Matrix, monkeypatch: pytest.MonkeyPatch) -> None:
    route = "POST /cpo/partners/<code>/corporate-billing"
    ((method, rule),) = [(m, r) for m, r in matrix.rules("cpo") if f"{m} {r.rule}" == route]
    (line,) = [one for one in stated("cpo") if one.startswith(f"{route} |")]
    assert " ".join(matrix.line("cpo", method, rule).split()) == line
    monkeypatch.setattr("app.work.unit.Work.require", lambda *_a, **_v: None)
    assert " ".join(matrix.line("cpo", method, rule).split()) != line


@pytest.mark.parametrize("section", ["cpo", "partner"])
def test_no_stated_line_lets_a_stranger_to_an_object(section: str) -> None:
    columns = list(SECTIONS[section])
    leaks = []
    for line in stated(section):
        route, _, answers = line.partition(" | ")
        answered = dict(zip(columns, answers.split(), strict=True))
        if answered["--"] not in {"303", "404"}:
            leaks.append(line)
        if "<" in NO_OBJECT.sub("", route) and route not in SHARED:
            leaks += [line for column in FOREIGN if answered.get(column, "404") not in {"404", "403", "422"}]
    assert leaks == []


@pytest.mark.parametrize("section", ["cpo", "partner"])
def test_nobody_is_told_what_is_wrong_in_a_form_that_is_closed_to_them(section: str) -> None:
    """422 says that the form was read; whoever may not even open it (same address, GET) hears of the right first."""
    columns = list(SECTIONS[section])
    answers = {tuple(line.split(" | ")[0].split(" ", 1)): line.split(" | ")[1].split() for line in stated(section)}
    early = []
    for (method, route), said in answers.items():
        opened = answers.get(("GET", route))
        if method == "POST" and opened:
            pairs = zip(columns, said, opened, strict=True)
            early += [f"{route} {who}: {open_} but {sent}" for who, sent, open_ in pairs if sent == "422" and open_ in {"403", "404"}]
    assert early == []
