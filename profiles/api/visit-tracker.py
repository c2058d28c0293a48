#!python
# Counts how often each visitor has looked at this profile.

import errno
import time

global api


def file_part(name):
    """A user's name as part of a file name: as it is if it is plain; otherwise in a spelling that no plain name has."""
    plain = name.replace('-', '').replace('_', '')
    return name if plain.isascii() and plain.isalnum() else '=' + name.encode().hex()


owner = api.call('get_self')
visitor = api.call('get_visitor')

# The file's two lines: how many visits there were, and when the last one was.
memory = 'last_visit_%s_%s.dat' % (file_part(owner), file_part(visitor))
try:
    with open(memory) as lines:
        count, last = int(lines.readline()), lines.readline().strip()
except OSError as why:
    if why.errno != errno.ENOENT:
        raise
    count, last = 0, 'never'

print('Hello, <i>', visitor, '</i>')
print('<p>Your visit count:', count)
print('<p>Your last visit:', last)

with open(memory, 'w') as lines:
    lines.write('%d\n%s\n' % (count + 1, time.time()))
