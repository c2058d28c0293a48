#!python
# Yours to write.

global api
