"""What a technician finds in the form when resolving, drafted from conversations as people write them."""

from __future__ import annotations

import pytest

from chat.recall.prefill import draft_outcome

XP = {"browser": "Internet Explorer 7", "os": "Windows XP", "supplied": {"product": "PSC 2210v"}}


def draft(*lines: str, environment=None, last_outcome=None):
    """`M: …` is the customer, `A: …` the technician, `N: …` a note, `S: …` Rapport itself."""
    kinds = {
        "M": ("customer", False),
        "A": ("technician", False),
        "N": ("technician", True),
        "S": ("system", False),
    }
    events = [(kinds[line[0]][0], line[3:], kinds[line[0]][1]) for line in lines]
    return draft_outcome(events=events, environment=environment, last_outcome=last_outcome)


def test_the_scanner_story():
    found = draft(
        "M: Hello! My all-in-one stops at “warming up” and will not scan. Copies are fine.",
        "A: Hello Mara, I am Ana. Which model is it, and what does the Director say when you press Scan?",
        "M: A PSC 2210v. It says nothing, the window stays empty. I have Internet Explorer 7.",
        "A: Thank you, that helps. Let me look that up, one moment.",
        "N: Same as the two last week: IE 7 update of February.",
        "A: It happens because Internet Explorer 7 blocks the scan control.",
        "A: Please do the following:\n1. Close the scan window\n2. Install the 2210 patch from https://support.example/2210-patch",
        "A: 3. Restart the computer\n4. Scan from the Director\nLet me know how it goes!",
        "M: It scans! Thank you so much.",
        "A: You're welcome, Mara. Take care!",
        environment=XP,
    )
    assert found["problem"] == "My all-in-one stops at “warming up” and will not scan."
    assert found["cause"] == "Internet Explorer 7 blocks the scan control."
    assert found["fix"].splitlines() == [
        "1. Close the scan window",
        "2. Install the 2210 patch from https://support.example/2210-patch",
        "3. Restart the computer",
        "4. Scan from the Director",
    ]
    assert found["applies_to"] == "PSC 2210v · Internet Explorer 7 · Windows XP"


def test_what_did_not_help_is_not_the_fix():
    found = draft(
        "M: hi",
        "M: my printer shows offline since yesterday, the wifi light blinks",
        "A: Good morning! Please restart the printer first.",
        "M: did that, still offline",
        "M: no change",
        "A: Then it is likely due to the new router: it hides the old network name.",
        "A: Open Settings, Network on the printer. Choose the wireless wizard and select the new network.",
        "A: Then type the password from the label on the router.",
        "M: yes!! it prints",
        "A: Great. Have a nice day.",
    )
    assert found["problem"] == "My printer shows offline since yesterday, the wifi light blinks"
    assert found["cause"] == "The new router: it hides the old network name."
    assert found["fix"] == (
        "Open Settings, Network on the printer. Choose the wireless wizard and select the new network.\n"
        "Then type the password from the label on the router."
    )


def test_nothing_helped_yet():
    found = draft(
        "M: The tray will not close.", "A: Pull the tray out and push it back.", "M: still the same, sorry"
    )
    assert found["fix"] == ""


def test_a_fix_after_a_relapse_within_the_conversation():
    found = draft(
        "M: Pages come out blank.",
        "A: Run the cleaning from the tools menu, please.",
        "M: It did not help at first, but after a second cleaning it works!",
    )
    assert found["fix"] == "Run the cleaning from the tools menu, please."


def test_what_the_technician_did_is_a_fix_too():
    found = draft(
        "M: Good afternoon, I was charged twice for order 20317.",
        "A: Hello Tom, I am sorry about that. Let me check your invoices.",
        "M: Thank you",
        "A: The second charge was caused by a time-out at the card company; the form was sent again.",
        "A: I have refunded 34.90 to your card. It takes three to five days.",
        "M: That was quick, thanks!",
    )
    assert found["problem"] == "I was charged twice for order 20317."
    assert found["cause"] == "A time-out at the card company; the form was sent again."
    assert found["fix"] == "I have refunded 34.90 to your card."


def test_cause_from_a_note_when_nothing_was_said_aloud():
    found = draft(
        "M: It is so slow since Monday.",
        "N: Turns out the proxy at their office scans every page.",
        "A: Could you try to print from another network?",
        "M: That works!",
    )
    assert found["cause"] == "The proxy at their office scans every page."
    assert found["fix"] == "Could you try to print from another network?"


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("Because the cartridge is new, the printer aligns itself first.", "The cartridge is new"),
        ("The reason is a worn roller.", "A worn roller."),
        ("That comes from the old driver.", "That comes from the old driver."),
        ("I ask because there are two versions.", ""),
        ("Is it because of the update?", ""),
        ("Have a good evening.", ""),
    ],
)
def test_causes(said, cause):
    assert draft("M: It stopped.", f"A: {said}")["cause"] == cause


def test_questions_and_kindness_are_no_steps():
    found = draft(
        "M: My printer makes a loud noise.",
        "A: Open the lid. What do you see on the left?",
        "A: Let me know. Take your time!",
        "M: a paper clip",
        "A: You're welcome. Feel free to come back, press Chat any time.",
    )
    assert found["fix"] == ""


def test_a_new_list_replaces_the_old_one():
    found = draft(
        "M: no ink",
        "A: 1. Remove the cartridge\n2. Clean it",
        "A: Sorry, rather this: 1. Update the software 2. Restart",
    )
    assert found["fix"].splitlines() == ["1. Update the software", "2. Restart"]


def test_french():
    found = draft(
        "M: Bonjour ! Mon imprimante ne reconnaît pas la nouvelle cartouche noire.",
        "A: Bonjour Élise. Quel est le message affiché ?",
        "M: « Cartouche incompatible »",
        "A: Le message vient de la protection encore collée sur les contacts.",
        "A: Retirez la cartouche. Enlevez la bande orange, puis remettez-la en place.",
        "M: Ça marche, merci beaucoup !",
    )
    assert found["problem"] == "Mon imprimante ne reconnaît pas la nouvelle cartouche noire."
    assert found["cause"] == "Le message vient de la protection encore collée sur les contacts."
    assert found["fix"] == "Retirez la cartouche. Enlevez la bande orange, puis remettez-la en place."


def test_arabic():
    found = draft(
        "M: مرحبا، الورق عالق في الطابعة ولا أستطيع إخراجه.",
        "A: المشكلة بسبب قطعة ورق صغيرة خلف الغطاء.",
        "A: 1. أطفئ الطابعة\n2. افتح الغطاء الخلفي واسحب الورق ببطء",
        "M: نجح الأمر، شكرا!",
    )
    assert found["problem"].startswith("الورق عالق")
    assert found["cause"] == "قطعة ورق صغيرة خلف الغطاء."
    assert found["fix"].splitlines()[1].startswith("2. افتح")


def test_the_same_fix_again_brings_its_words_back():
    last = {
        "problem": "Scanning stops",
        "cause": "Internet Explorer 7 blocks the scan control",
        "fix": "Install the 2210 patch, restart, scan from the Director",
    }
    found = draft(
        "M: Hi, it is me. The same problem again, it will not scan.",
        "A: Welcome back! Install the 2210 patch, restart, then scan from the Director.",
        "M: works, thanks",
        last_outcome=last,
    )
    assert found["problem"] == "Scanning stops"
    assert found["cause"] == last["cause"]
    other = draft("M: It jams.", "A: Clean the rollers with a damp cloth.", last_outcome=last)
    assert (other["problem"], other["cause"]) == ("It jams.", "")


def test_long_and_empty_conversations():
    assert draft() == {"problem": "", "cause": "", "fix": "", "applies_to": ""}
    assert draft("M: hello", "M: ?", "S: x")["problem"] == ""
    long = draft("M: It does not print " + "and then some " * 100, "A: " + "Press the button. " * 500)
    assert len(long["problem"]) <= 200
    assert long["problem"].endswith("…")
    assert len(long["fix"]) <= 2000
    assert draft("M: My printer", environment={"browser": "Firefox 3"})["applies_to"] == "Firefox 3"


def test_hostile_text_is_read_in_no_time():
    import time

    start = time.perf_counter()
    draft(
        *[
            f"{who}: {text}"
            for who in "MA"
            for text in ("please " * 1100, "1. " * 2600, "\n" * 8000, "a" * 8000, "i have " * 1100)
        ]
    )
    assert time.perf_counter() - start < 2
