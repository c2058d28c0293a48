#!python
# A diary with a file for each visit. The symbolic link "current" leads to the newest; the oldest are thrown away.

import os
import time

import proflib

KEPT = 10

visitor = proflib.get_param('ZOOBAR_VISITOR')

os.makedirs('diary', exist_ok=True)
os.chdir('diary')

try:
    newest = int(os.readlink('current').split('-')[1])
    with open('current') as entry:
        print('Before you:', entry.read())
except FileNotFoundError:
    newest = 0
    print('Nobody was here before you.')

newest += 1
with open('entry-%d' % newest, 'w') as entry:
    entry.write('%s at %d, entry %d' % (visitor, time.time(), newest))

# A link cannot be changed, but another one can take its place, in one step.
os.symlink('entry-%d' % newest, 'next')
os.rename('next', 'current')

if newest > KEPT:
    os.unlink('entry-%d' % (newest - KEPT))
print('<p>Entries in the diary:', len(os.listdir('.')) - 1)
