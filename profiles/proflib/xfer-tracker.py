#!python
# Remembers the first zoobars that the owner and the visitor exchanged.

import sys

import proflib

owner = proflib.get_param('ZOOBAR_SELF')
visitor = proflib.get_param('ZOOBAR_VISITOR')

# The oldest transfer comes first.
for xfer in proflib.get_xfers(owner):
    if xfer['sender'] == visitor:
        print('You gave me', xfer['amount'], 'zoobars @', xfer['time'])
        sys.exit(0)
    if xfer['recipient'] == visitor:
        print('I gave you', xfer['amount'], 'zoobars @', xfer['time'])
        sys.exit(0)

print('We never exchanged zoobars!')
