"""`python3 -m toolchain setup|up|down|browser`: what `make` calls."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - it may be started by whatever python3 a machine has
    sys.exit("Brickpass needs Python 3.11 or later, but this is %s; say which with `make PYTHON=python3.11 ...`." % sys.version.split()[0])  # noqa: UP031 - as above

from toolchain.cli import main

if __name__ == "__main__":
    sys.exit(main())
