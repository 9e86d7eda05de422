"""Made conversations: the heads, the log, who had them, what fixed them; the last ones are open still."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from uuid import UUID

from chat.log.opening import LETTERS
from chat.models import Conversation, Problem
from chat.recall.index import scope_key
from tests.scale.filling import Filler
from tests.scale.people import uuid7_at
from tests.scale.size import Size
from tests.scale.words import Words

COLUMNS = {
    "chat_conversation": "id, inbox_id, customer_id, case_code, subject, status, technician_id, start_client_id,"
    " opened_at, waiting_since, claimed_at, replied_at, resolved_at, urgent, last_seq, customer_last_seq",
    "chat_environment": "conversation_id, browser, os, device, locale, time_zone, screen, page, referrer, user_agent,"
    " supplied",
    "chat_event": "id, conversation_id, seq, customer_seq, kind, at, author_kind, author, author_name, client_id, note,"
    " text, body",
    "chat_assignment": "id, conversation_id, technician_id, at, ended_at",
    "chat_readmarker": "conversation_id, reader_kind, reader, seq, customer_seq",
    "chat_outcome": "id, conversation_id, problem, cause, fix, applies_to, state, confirmed_by_id, at, ask_at,"
    " asked_at",
    "chat_problem": "id, outcome_id, told, said, keys, fix",
    "chat_promise": "id, conversation_id, text, by_id, at, kept_at",
    "chat_mail": 'id, kind, "to", subject, text, state, at, due_at, tries, error, done_at',
}
#: How long mails that went out are kept; some more, so that there always are some.
MAILS_KEPT = 30 * 86_400.0


def text_of(seconds: float) -> str:
    """A time as both databases take it."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat(" ")


class Talk:
    """Adds conversations to a filler."""

    def __init__(
        self,
        filler: Filler,
        words: Words,
        draw: random.Random,
        technicians: list[UUID],
        size: Size,
        now: float,
    ) -> None:
        self.filler, self.words, self.draw, self.size, self.now = filler, words, draw, size, now
        self.technicians = [one.hex for one in technicians]
        self._problem = Problem.objects.order_by("-id").values_list("id", flat=True).first() or 0
        self._lines = words.line.some(100_000)
        self._line = 0
        left = size.events - size.huge * size.length - 1.3 * size.waiting
        mean = left / (size.conversations - size.waiting)
        self._lengths = [max(3, round(draw.expovariate(1 / max(1.0, mean - 3)) + 3)) for _ in range(10_000)]
        self._code = Conversation.objects.count()

    def waiting(self, customer: str, inbox: UUID, seconds: float) -> None:
        """One that nobody has taken yet: one or two messages."""
        self._conversation(customer, inbox, seconds, "waiting", 1 + (self.draw.random() < 0.3), None)

    def active(self, customer: str, inbox: UUID, seconds: float) -> None:
        """One that is being talked about."""
        length = self.draw.choice(self._lengths)
        self._conversation(customer, inbox, seconds, "active", length, self.draw.choice(self.technicians))

    def solved(self, customer: str, inbox: UUID, seconds: float, length: int = 0) -> None:
        """One that is done, with what fixed it as a rule. `length`: so many events."""
        length = length or self.draw.choice(self._lengths)
        technician = self.draw.choice(self.technicians)
        key, ended = self._conversation(customer, inbox, seconds, "resolved", length, technician)
        if self.draw.random() < 0.85:
            self._outcome(key, inbox, technician, ended)

    def _conversation(
        self, customer: str, inbox: UUID, seconds: float, status: str, length: int, technician: str | None
    ) -> tuple[str, float]:
        draw, rows = self.draw, self.filler.rows
        key, at = uuid7_at(seconds, draw), text_of(seconds)
        trouble = self.words.trouble[int(len(self.words.trouble) * draw.random() ** 2)]
        claimed = text_of(seconds + 40) if technician else None
        pace = 45.0 if status == "resolved" else min(45.0, max(1.0, (self.now - seconds) / (length + 2)))
        ended = seconds + pace * length
        seen = self._log(key, customer, technician, seconds, pace, length, status, trouble.problem)
        rows["chat_conversation"].append(
            (
                *(key, inbox.hex, customer, self._case_code(), trouble.problem[:80], status),
                *(technician, f"start-{key}", at, at if status == "waiting" else None, claimed, claimed),
                *(text_of(ended) if status == "resolved" else None, False, length, seen),
            )
        )
        supplied = json.dumps({"product": trouble.problem.split(" ", 1)[0]})
        place = ("Firefox 128", "Linux", "desktop", "en-GB", "Europe/Berlin", "1920x1080")
        rows["chat_environment"].append(
            (key, *place, "https://shop.example/help", "", "Mozilla/5.0", supplied)
        )
        if technician:
            own = uuid7_at(seconds + 40, draw)
            over = text_of(ended) if status == "resolved" else None
            rows["chat_assignment"].append((own, key, technician, claimed, over))
            rows["chat_readmarker"].append((key, "technician", technician, length, seen))
            rows["chat_readmarker"].append((key, "customer", customer, length, seen))
            if draw.random() < 0.02:
                promise = (uuid7_at(ended, draw), key, "A call back", technician, claimed)
                rows["chat_promise"].append((*promise, text_of(ended) if draw.random() < 0.95 else None))
        return key, ended

    def _log(
        self,
        key: str,
        customer: str,
        technician: str | None,
        seconds: float,
        pace: float,
        length: int,
        status: str,
        first: str,
    ) -> int:
        """The events; how many of them the customer sees."""
        draw, add = self.draw, self.filler.rows["chat_event"].append
        seen = 0
        for seq in range(1, length + 1):
            moment = seconds + pace * (seq - 1)
            own, at = uuid7_at(moment, draw), text_of(moment)
            if technician and seq == 2:
                seen += 1
                body = json.dumps({"technician": technician, "name": "Ana"})
                add(
                    (
                        own,
                        key,
                        seq,
                        seen,
                        "assigned",
                        at,
                        "technician",
                        technician,
                        "Ana",
                        None,
                        False,
                        "",
                        body,
                    )
                )
                continue
            if status == "resolved" and seq == length:
                seen += 1
                add(
                    (
                        own,
                        key,
                        seq,
                        seen,
                        "resolved",
                        at,
                        "technician",
                        technician,
                        "Ana",
                        None,
                        False,
                        "",
                        "{}",
                    )
                )
                continue
            mine = seq == 1 or technician is None or draw.random() < 0.45
            note = not mine and draw.random() < 0.1
            self._line = (self._line + 1) % 100_000
            text = first if seq == 1 else self._lines[self._line]
            client = f"start-{key}" if seq == 1 else f"m-{own}"
            kind, who, name = ("customer", customer, "") if mine else ("technician", technician, "Ana")
            seen += not note
            number = None if note else seen
            add((own, key, seq, number, "message", at, kind, who, name, client, note, text, None))
        return seen

    def _outcome(self, conversation: str, inbox: UUID, technician: str, ended: float) -> None:
        draw, rows, at = self.draw, self.filler.rows, text_of(ended)
        trouble = self.words.trouble[int(len(self.words.trouble) * draw.random() ** 2)]
        key, asked = uuid7_at(ended, draw), None
        state = draw.choices(("unknown", "held", "failed"), (50, 45, 5))[0]
        ask = text_of(ended + 3 * 86_400) if draw.random() < 0.3 else None
        if ask and ended + 3 * 86_400 < self.now:
            asked = ask
        rows["chat_outcome"].append(
            (
                key,
                conversation,
                trouble.problem,
                trouble.cause,
                trouble.fix,
                "",
                state,
                technician,
                at,
                ask,
                asked,
            )
        )
        self._problem += 1
        keys = f"{scope_key(inbox)} {trouble.keys}"
        rows["chat_problem"].append((self._problem, key, trouble.told, "", keys, trouble.mark))
        if ended > self.now - MAILS_KEPT or self._problem % 50 == 0:
            mail = (
                uuid7_at(ended, draw),
                "transcript",
                f"{key[-8:]}@example.com",
                "Solved",
                "",
                "sent",
                at,
                at,
            )
            rows["chat_mail"].append((*mail, 1, "", at))

    def _case_code(self) -> str:
        """Never the same twice: a number written with the letters of case codes, in no visible order."""
        self._code += 1
        number, code = self._code * 61_803_399 % len(LETTERS) ** 6, ""
        for _ in range(6):
            number, letter = divmod(number, len(LETTERS))
            code += LETTERS[letter]
        return f"{code[:3]}-{code[3:]}"
