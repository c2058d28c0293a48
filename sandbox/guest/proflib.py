"""The profile library of 2012, on top of `api`."""

import sys

import api


def get_param(name):
    """A parameter of this run: ZOOBAR_SELF is whose profile it is, ZOOBAR_VISITOR who looks at it."""
    for word in sys.argv[1:]:
        key, equals, value = word.partition("=")
        if equals and key == name:
            return value
    raise KeyError(name)


def get_xfers(username):
    """The transfers of a user, oldest first: a list of {sender, recipient, amount, time}."""
    return api.call("get_xfers", username=username)


def get_user(username):
    """{username, profile, zoobars} of a user, or None."""
    return api.call("get_user_info", username=username)


def xfer(rcptname, zoobars):
    """Sends zoobars from the owner of this profile."""
    return api.call("xfer", target=rcptname, zoobars=zoobars)
