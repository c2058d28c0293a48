#!python
# A guest book of three pages. A full first page moves back and a new one begins; the last page is thrown away.

import os
import time

global api

PAGES = 3
LINES = 3


def page(number):
    return 'guest_book/page-%d' % number


def lines(number):
    try:
        with open(page(number)) as text:
            return text.read().splitlines()
    except FileNotFoundError:
        return []


visitor = api.call('get_visitor')

os.makedirs('guest_book', exist_ok=True)

if len(lines(1)) == LINES:
    if os.path.exists(page(PAGES)):
        os.unlink(page(PAGES))
    for number in range(PAGES - 1, 0, -1):
        if os.path.exists(page(number)):
            os.rename(page(number), page(number + 1))

with open(page(1), 'a') as text:
    text.write('%s at %d\n' % (visitor, time.time()))

# The newest page first, and on each page the newest line.
for number in range(1, PAGES + 1):
    if lines(number):
        print('<p>Page', number, '\n <ul>')
        for line in reversed(lines(number)):
            print('<li>', line, '</li>')
        print('</ul>')
