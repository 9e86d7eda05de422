"""Known again: that a browser never receives a byte of somebody it has proved nothing of, and tests that can fail.

`machine` plays random sequences of everything a visitor can send, with technicians, races and time in between, against
`rules`, a second, independent reading of who may see what. `mutants` break the product; the machine has to notice.

    RAPPORT_LONG=22000 pytest tests/known/test_machine.py    so many steps instead of 600, and figures
    RAPPORT_LONG=1 pytest tests/known/test_mutants.py -rP    all mutants, and after how many steps each is found
    python -m tests.known.indistinguishable 500              known and unknown addresses, timed and compared
"""
