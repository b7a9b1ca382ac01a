"""`make fuzz`: every fuzzer for a minute."""

import sys

from tests.fuzz.fuzz_mail import main

sys.exit(main())
