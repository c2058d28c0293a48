#!python
# Yours to write.

import proflib
