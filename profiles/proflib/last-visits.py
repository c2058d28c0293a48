#!python
# Shows who looked at this profile last: three visits, the newest first.

import errno
import time

import proflib


def file_part(name):
    """A user's name as part of a file name: as it is if it is plain; otherwise in a spelling that no plain name has."""
    plain = name.replace('-', '').replace('_', '')
    return name if plain.isascii() and plain.isalnum() else '=' + name.encode().hex()


owner = proflib.get_param('ZOOBAR_SELF')
visitor = proflib.get_param('ZOOBAR_VISITOR')

# One line for each visit, the newest first.
memory = 'last_visits_%s.dat' % file_part(owner)
try:
    with open(memory) as lines:
        visits = lines.read().splitlines()
except OSError as why:
    if why.errno != errno.ENOENT:
        raise
    visits = []

visits = ['%s at %d' % (visitor, time.time())] + visits[:2]

print('Last 3 visitors:\n <ul>')
for visit in visits:
    print('<li>', visit, '</li>')
print('</ul>')

with open(memory, 'w') as lines:
    lines.writelines(visit + '\n' for visit in visits)
