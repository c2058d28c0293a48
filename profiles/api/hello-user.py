#!python
# Greets whoever looks at this profile.

import time

global api

visitor = api.call('get_visitor')

print('Hello, <i>', visitor, '</i>')
print('<p>Current time:', time.time())
