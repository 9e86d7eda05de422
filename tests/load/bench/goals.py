"""What is promised, and whether the figures keep it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.load.figures import Numbers, Row
from tests.support.weight import launcher_bytes, widget_bytes

STORAGE = {"embedded": "embedded", "one": "PostgreSQL and Redis"}
#: Messages a second that must go through one server process.
RATE = {"embedded": 3_500, "one": 4_500}
#: Of that, under uvicorn.
UNDER_UVICORN = 1.3
MANY = 1_000_000  # customers


@dataclass(frozen=True, slots=True)
class Goal:
    """`figure` beside `promise`."""

    what: str
    promise: str
    figure: str
    kept: bool

    def row(self) -> Row:
        """As a row of the table."""
        return {
            "what": self.what,
            "goal": self.promise,
            "figure": self.figure,
            "kept": "yes" if self.kept else "**no**",
        }


def goals(found: Numbers) -> Iterator[Goal]:
    """Every goal of which `found` (by the keys of `runs.all_runs`) has figures."""
    for key, storage in STORAGE.items():
        if key in found:
            yield from _messages(found[key], storage, RATE[key])
            yield from _idle(found[key]["idle"], storage)
    for key, other in (("embedded", "uvicorn"), ("one", "uvicorn one")):
        if key in found and other in found:
            rate, least = found[other]["flood"]["rate"], UNDER_UVICORN * RATE[key]
            what = f"stored, accepted and delivered by one process of uvicorn, {STORAGE[key]}"
            yield Goal(what, f"≥ {least:,.0f}/s", f"{rate:,.0f}/s", rate >= least)
    if "one" in found and "two" in found:
        ratio = found["two"]["flood"]["rate"] / found["one"]["flood"]["rate"]
        yield Goal("flood with two server processes beside one", "> 1", f"{ratio:.2f}", ratio > 1)
    yield from _history(found.get("history"))
    yield from _bytes()
    yield from _file(found.get("file"))
    for key in ("herd", "herd production"):
        for herd in found.get(key, {}).get("herds", []):
            last, lost = herd["seconds"][2], herd["lost"] + herd["doubled"]
            what = f"{herd['clients']:,} clients come back ({herd['how']}, {key.partition(' ')[2] or 'embedded'})"
            figure = f"{last:.1f} s, {lost} lost or doubled"
            yield Goal(what, "≤ 60 s, 0 lost", figure, last <= 60 and not lost and herd["clients"] >= 5_000)


def _messages(found: Numbers, storage: str, least: int) -> Iterator[Goal]:
    light, flood, back = found["light"], found["flood"], found["read back"]
    p50, _, p99 = light["milliseconds"]
    yield Goal(
        f"the other side has a message, p50 / p99 at {light['load']}, {storage}",
        "≤ 3 / 15 ms",
        f"{p50:.1f} / {p99:.1f} ms",
        p50 <= 3 and p99 <= 15,
    )
    what = f"stored, accepted and delivered by one server process, {storage}"
    yield Goal(what, f"≥ {least:,}/s", f"{flood['rate']:,.0f}/s", flood["rate"] >= least)
    what = f"server's processor time for 1,000 messages of a flood, {storage}"
    yield Goal(what, "≤ 0.35 s", f"{flood['cpu']:.3f} s", flood["cpu"] <= 0.35)
    lost = [back[name] for name in ("lost", "doubled", "disordered")]
    figure = f"{' / '.join(map(str, lost))} of {back['stored']:,}"
    yield Goal(f"lost / doubled / out of order under load, {storage}", "0 / 0 / 0", figure, not any(lost))


def _idle(idle: Numbers, storage: str) -> Iterator[Goal]:
    cpu, memory = idle["cpu"], idle["memory"] / 1024
    what = f"an open, silent widget, processor time a minute, {storage}"
    yield Goal(what, "≤ 0.0005 s", f"{cpu:.5f} s", cpu <= 0.0005)
    yield Goal(
        f"an open, silent widget, memory of the server, {storage}",
        "≤ 40 KiB",
        f"{memory:.1f} KiB",
        memory <= 40,
    )


def _history(history: Numbers | None) -> Iterator[Goal]:
    if history is None:
        return
    steps = {step["step"]: step for step in history["steps"]}
    server = steps["server: newest page, socket"]
    took, size = server["milliseconds"][0], server["bytes"]
    shown = steps["browser: click until the newest message"]["milliseconds"][0]
    yield Goal(
        f"opening a history of {history['messages']:,} messages: server, bytes, on the screen",
        "≤ 50 ms, ≤ 60 kB, ≤ 300 ms",
        f"{took:.1f} ms, {size / 1000:.1f} kB, {shown:.0f} ms",
        took <= 50 and size <= 60_000 and shown <= 300,
    )


def _bytes() -> Iterator[Goal]:
    launcher, widget = launcher_bytes(), widget_bytes()
    yield Goal(
        "bytes of the launcher, and more for the open widget (gzip)",
        "≤ 2,560, ≤ 30,000",
        f"{launcher:,}, {widget:,}",
        launcher <= 2_560 and widget <= 30_000,
    )


def _file(file: Numbers | None) -> Iterator[Goal]:
    if file is None:
        return
    most = max(file["sizes"], key=lambda one: int(one["customers"]))
    on_file, both, claim = f"{most['customers']:,} customers on file", most["both"][2], most["claim"][2]
    yield Goal(
        f"session and return card, p99, {on_file}",
        "≤ 50 ms",
        f"{both:.0f} ms",
        both <= 50 and most["customers"] >= MANY,
    )
    once = f"{most['won once']} of {most['claims']}"
    yield Goal(
        f"claim from 10,000 waiting, p99; one winner, {on_file}",
        "≤ 10 ms, each",
        f"{claim:.1f} ms, {once}",
        claim <= 10 and most["won once"] == most["claims"],
    )
