"""`python -m gateway` is the command `gateway`."""

import sys

from gateway.cli.main import main

sys.exit(main())
