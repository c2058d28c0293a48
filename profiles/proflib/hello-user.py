#!python
# Greets whoever looks at this profile.

import time

import proflib

visitor = proflib.get_param('ZOOBAR_VISITOR')

print('Hello, <i>', visitor, '</i>')
print('<p>Current time:', time.time())
