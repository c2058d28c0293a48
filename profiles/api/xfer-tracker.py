#!python
# Remembers the first zoobars that the owner and the visitor exchanged.

import sys

global api

owner = api.call('get_self')
visitor = api.call('get_visitor')

# The oldest transfer comes first.
for xfer in api.call('get_xfers', username=owner):
    if xfer['sender'] == visitor:
        print('You gave me', xfer['amount'], 'zoobars @', xfer['time'])
        sys.exit(0)
    if xfer['recipient'] == visitor:
        print('I gave you', xfer['amount'], 'zoobars @', xfer['time'])
        sys.exit(0)

print('We never exchanged zoobars!')
