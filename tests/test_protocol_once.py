"""Sent once, stored once: however often, over whichever way, and whatever got lost in between."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.support.cast import Cast, Records, client_id, numbers
from tests.support.clients import CustomerClient
from tests.support.wire import Frame

CONVERSATIONS = "/api/widget/v1/conversations"


async def over_http(who: CustomerClient, conversation: str, own: str, text: str) -> dict[str, Any]:
    body = {"client_id": own, "text": text}
    answer = await who.http.post(f"{CONVERSATIONS}/{conversation}/messages", json=body)
    stored: dict[str, Any] = answer.json()
    return stored


def what(answer: Frame) -> tuple[str, int, str]:
    return answer["id"], answer["seq"], answer["created_at"]


async def test_missed_events_come_with_the_hello_in_order(cast: Cast) -> None:
    mara, ana = await cast.customer(), await cast.technician("ana")
    first, second = (await mara.start("first"))["id"], (await mara.start("second"))["id"]
    await mara.wire.close()
    for number in range(5):
        await ana.say(first, f"first {number}")
        await ana.note(second, f"note {number}")
        await ana.say(second, f"second {number}")
    await mara.connect(cursors={first: 1, second: 4})
    await mara.wire.event("message", first, seq=7)
    await mara.wire.event("message", second, seq=7)
    assert mara.wire.heard[0]["type"] == "welcome"
    assert numbers(mara.wire.of_type("event", conversation=first)) == [2, 3, 4, 5, 6, 7]
    assert numbers(mara.wire.of_type("event", conversation=second)) == [5, 6, 7]

    await ana.connect(cursors={first: 5, second: 0})
    await ana.wire.event("message", second, seq=12)
    assert numbers(ana.wire.of_type("event", conversation=first)) == [6, 7]
    assert numbers(ana.wire.of_type("event", conversation=second)) == list(range(1, 13))


async def test_odd_cursors_are_passed_over(cast: Cast) -> None:
    mara, eve = await cast.customer(), await cast.customer()
    begun, theirs = (await mara.start("mine"))["id"], (await eve.start("hers"))["id"]
    odd: dict[str, Any] = {theirs: 0, "nonsense": 0, "": 1, "\0": 1, begun: 0}
    await mara.connect(cursors=odd)
    await mara.wire.event("message", begun, seq=1)
    assert {event["conversation"] for event in mara.wire.of_type("event")} == {begun}
    for cursors in ({begun: "1"}, {begun: -1}, {begun: 1.5}, {begun: None}, {begun: True}, {begun: 10**30}):
        await mara.connect(cursors=cursors)  # type: ignore[arg-type]
        await mara.do("ping")
        assert not mara.wire.of_type("event"), cursors
    shapes: list[Any] = [[], "x", 7, [begun], {begun: {}}]
    for shape in shapes:
        await mara.connect(cursors=shape)
        await mara.do("ping")


async def test_a_cursor_beyond_the_log_means_start_anew(cast: Cast) -> None:
    mara = await cast.customer()
    begun = (await mara.start("hello"))["id"]
    await mara.connect(cursors={begun: 99})
    reset = await mara.wire.wait(type="reset")
    assert reset == {"type": "reset", "conversation": begun, "reason": "restored"}


async def test_the_same_client_id_is_the_same_message_whichever_way_it_comes(cast: Cast) -> None:
    mara = await cast.customer()
    begun, own = (await mara.start("hello"))["id"], client_id()
    first = await mara.say(begun, "once", client_id=own)
    again = await mara.say(begun, "once", client_id=own)
    by_http = await over_http(mara, begun, own, "once")
    tab = await cast.customer(device_token=mara.device_token)
    from_tab = await tab.say(begun, "once", client_id=own)
    await mara.session()
    await mara.connect()
    new_token = await mara.say(begun, "once", client_id=own)
    for answer in (again, by_http, from_tab, new_token):
        assert what(answer) == what(first)
        assert answer["duplicate"]
    assert not first["duplicate"]
    assert len(await mara.everything(begun)) == 2
    await mara.say(begun, "next")
    await tab.wire.event("message", begun, seq=3)
    assert not tab.wire.of_type("event", seq=2), "a duplicate is not announced"


async def test_other_words_under_a_used_client_id_are_refused(cast: Cast) -> None:
    mara, ana = await cast.customer(), await cast.technician("ana")
    begun, own = (await mara.start("hello"))["id"], client_id()
    await mara.say(begun, "once", client_id=own)
    refused = await mara.wire.ask("message.send", conversation=begun, client_id=own, text="twice")
    assert (refused["code"], refused["retry"], refused["client_id"]) == ("conflict", False, own)
    assert (await over_http(mara, begun, own, "twice"))["code"] == "conflict"
    theirs = await ana.say(begun, "twice", client_id=own)
    assert not theirs["duplicate"], "another author's client_id is another message"
    as_note = await ana.wire.ask("message.send", conversation=begun, client_id=own, text="twice", kind="note")
    assert as_note["code"] == "conflict"


async def test_twenty_at_once_are_one_message(cast: Cast) -> None:
    mara = await cast.customer()
    begun, own = (await mara.start("hello"))["id"], client_id()
    tabs = [mara, *[await cast.customer(device_token=mara.device_token) for _ in range(4)]]
    by_socket = [tab.say(begun, "once", client_id=own) for tab in tabs for _ in range(2)]
    by_http = [over_http(mara, begun, own, "once") for _ in range(10)]
    answers = await asyncio.gather(*by_socket, *by_http)
    assert len(answers) == 20
    assert len({what(answer) for answer in answers}) == 1
    assert sum(not answer["duplicate"] for answer in answers) == 1
    assert [event["message"]["text"] for event in await mara.everything(begun)] == ["hello", "once"]


async def test_a_conversation_begun_again_after_a_lost_answer_is_the_same(cast: Cast) -> None:
    mara = await cast.customer()
    start: dict[str, Any] = {"client_id": client_id(), "text": "It does not scan"}
    first = await mara.do("conversation.start", **start)
    again = await mara.do("conversation.start", **start)
    await mara.connect()  # the same token: the browser has lost the answers
    after = await mara.do("conversation.start", **start)
    by_http = (await mara.http.post(CONVERSATIONS, json=start)).json()
    answers = [first, again, after, by_http]
    assert len({answer["conversation"]["id"] for answer in answers}) == 1
    assert all(answer["message"] == first["message"] for answer in answers)
    assert len((await mara.session())["conversations"]) == 1
    back = await cast.customer(device_token=answers[-1]["device_token"])
    assert [one["id"] for one in back.welcome["conversations"]] == [first["conversation"]["id"]]
    refused = await mara.wire.ask("conversation.start", **{**start, "text": "other words"})
    assert (refused["code"], refused["retry"]) == ("conflict", False)


async def test_a_repeated_start_shows_what_has_happened_since(cast: Cast) -> None:
    mara, ana = await cast.customer(), await cast.technician("ana")
    start: dict[str, Any] = {"client_id": client_id(), "text": "It does not scan"}
    begun = (await mara.do("conversation.start", **start))["conversation"]["id"]
    await ana.say(begun, "Which page?")
    again = await mara.do("conversation.start", **start)
    assert (again["conversation"]["status"], again["conversation"]["last_seq"]) == ("active", 3)
    assert again["message"]["seq"] == 1


async def test_twenty_beginnings_at_once_are_one_conversation(cast: Cast) -> None:
    records = Records(cast.server.installation)
    before = records.count("customers_customer"), records.count("chat_conversation")
    mara = await cast.customer()
    start: dict[str, Any] = {"client_id": client_id(), "text": "It does not scan"}
    windows = [CustomerClient(mara.url) for _ in range(4)]
    cast.people += windows
    for window in windows:
        window.view = mara.view  # the same visit in several windows
        window.http.headers["Authorization"] = mara.http.headers["Authorization"]
        await window.connect()
    by_socket = [window.wire.ask("conversation.start", **start) for window in windows for _ in range(3)]
    by_http = [mara.http.post(CONVERSATIONS, json=start) for _ in range(8)]
    answers = await asyncio.gather(*by_socket)
    responses = await asyncio.gather(*by_http)
    assert {answer["type"] for answer in answers} == {"conversation.started"}, answers
    assert {response.status_code for response in responses} <= {200, 201}
    ids = {answer["conversation"]["id"] for answer in [*answers, *(one.json() for one in responses)]}
    assert len(ids) == 1
    assert (records.count("customers_customer"), records.count("chat_conversation")) == (
        before[0] + 1,
        before[1] + 1,
    )


async def test_two_beginnings_at_once_of_one_visitor_are_one_customer(cast: Cast) -> None:
    mara = await cast.customer()
    answers = await asyncio.gather(mara.start("first"), mara.start("second"))
    assert len({answer["id"] for answer in answers}) == 2
    listed = (await mara.session())["conversations"]
    assert {one["id"] for one in listed} == {answer["id"] for answer in answers}


async def test_a_page_of_long_texts_is_short_and_says_that_there_is_more(cast: Cast) -> None:
    mara = await cast.customer()
    begun = (await mara.start("long"))["id"]
    for number in range(45):
        await mara.say(begun, f"{number} {'x' * 7_900}")
    page = await mara.do("sync", conversation=begun, after=0)
    assert 20 < len(page["events"]) < 45
    assert page["more"]
    assert len(await mara.everything(begun)) == 46
    device = mara.device_token
    await mara.wire.close()
    back = await cast.visitor(device_token=device)
    await back.connect(cursors={begun: 1})
    await back.wire.event("message", begun, seq=20)
    assert len(await back.everything(begun)) == 46
