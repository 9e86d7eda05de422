"""Known again: that a browser never receives a byte of somebody it has proved nothing of, and tests that can fail.

`machine` plays random sequences of everything a visitor can send, with technicians and time in between, against
`rules`, a second, independent reading of who may see what. `mutants` break the product; the machine has to notice.
"""
