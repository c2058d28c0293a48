#!python
# Gives a zoobar to visitors who have few, one a minute at most.

import errno
import sys
import time

global api


def file_part(name):
    """A user's name as part of a file name: as it is if it is plain; otherwise in a spelling that no plain name has."""
    plain = name.replace('-', '').replace('_', '')
    return name if plain.isascii() and plain.isalnum() else '=' + name.encode().hex()


owner = api.call('get_self')
visitor = api.call('get_visitor')

if api.call('get_user_info', username=owner)['zoobars'] <= 0:
    print('Sorry, I have no more zoobars')
    sys.exit(0)

has = api.call('get_user_info', username=visitor)['zoobars']
if has > 20:
    print('You have', has, 'already; no need for more')
    sys.exit(0)

# The bank sends nothing to oneself.
if visitor == owner:
    print('You are me: my zoobars are yours already')
    sys.exit(0)

# When this visitor was given the last one.
memory = 'last_freebie_%s_%s.dat' % (file_part(owner), file_part(visitor))
try:
    with open(memory) as lines:
        ago = time.time() - float(lines.read())
except OSError as why:
    if why.errno != errno.ENOENT:
        raise
else:
    if ago < 60:
        print('I gave you a zoobar %.1f seconds ago' % ago)
        sys.exit(0)

api.call('xfer', target=visitor, zoobars=1)
print('Thanks for visiting.  I gave you one zoobar.')

with open(memory, 'w') as lines:
    lines.write(str(time.time()))
