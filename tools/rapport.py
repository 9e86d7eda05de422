"""Entry to every task of this folder: `python3 tools/rapport.py help` lists them.

Written so that a Python far too old still gets as far as saying so.
"""

import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036  (this is the one file that an older Python reads)
    sys.stderr.write(
        "Rapport needs Python 3.11 or newer; this is %s (%s).\n"  # noqa: UP031  (an old Python reads this)
        "With another one installed:  make PYTHON=python3.12 run\n" % (sys.version.split()[0], sys.executable)
    )
    sys.exit(2)

sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

from tools.tasks import main  # noqa: E402  (only after the version is known to be new enough)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
