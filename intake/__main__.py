"""`python -m intake`: the command, where no script is on the path."""

import sys

from intake.cli import main

sys.exit(main())
