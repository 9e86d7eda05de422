# Every task is one call of a standard-library script; without make:  python3 tools/rapport.py TASK
PYTHON ?= python3

.DEFAULT_GOAL := help
.PHONY: help run similar test soak bench check format lock clean

help run similar test soak bench check format lock clean:
	@exec $(PYTHON) tools/rapport.py $@
