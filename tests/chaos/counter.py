#!python
# Counts its runs in two files that change together, and pays its visitor a zoobar for each.

import os
import shutil

# Without anybody to ask, nothing is counted.
visitor = api.call('get_visitor')

try:
    with open('current/one') as one, open('current/two') as two:
        counts = int(one.read()), int(two.read())
except FileNotFoundError:
    counts = 0, 0
print('counted %d and %d;' % counts)

# What a run that was killed has left half done is in nobody's way.
count = counts[0] + 1
fresh = 'state-%d' % count
shutil.rmtree(fresh, ignore_errors=True)
os.mkdir(fresh)
for name in 'one', 'two':
    with open(os.path.join(fresh, name), 'w') as file:
        file.write(str(count))
if os.path.lexists('next'):
    os.unlink('next')
os.symlink(fresh, 'next')
os.rename('next', 'current')
for name in os.listdir('.'):
    if name not in (fresh, 'current'):
        shutil.rmtree(name)

api.call('xfer', target=visitor, zoobars=1)
print('paid %d;' % count)
