# The same commands for those who type make; dev.py does the work.
.PHONY: setup run test lint
setup run test lint:
	python3 dev.py $@
