//! Attacks with sockets: there is no network, and the one connection that there is carries bytes and nothing else.

use crate::fixture::{Attack, stopped};

const PAIR: &str = "import socket; a, b = socket.socketpair(); a.send(b'x'); assert b.recv(9) == b'x'";
const FINE: &str = "import urllib.parse; urllib.parse.urlparse('http://x/')";

#[test]
fn there_is_no_socket_of_any_kind() {
    const ATTACKS: &[Attack] = &[
        ("import socket; socket.socket(socket.AF_INET, socket.SOCK_STREAM)", "EACCES", FINE),
        ("import socket; socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)", "EACCES", FINE),
        ("import socket; socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)", "EACCES", FINE),
        ("import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)", "EACCES", FINE),
        ("import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)", "EACCES", FINE),
        ("import socket; socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)", "EACCES", FINE),
        ("import socket; socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)", "EACCES", FINE),
        ("import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)", "EACCES", FINE),
        ("import socket; socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)", "EACCES", PAIR),
        ("import socket; socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)", "EACCES", PAIR),
        ("import socket; socket.socketpair(socket.AF_INET)", "EACCES", PAIR),
        ("import socket; socket.socketpair(30)", "EACCES", PAIR),
        ("import socket; socket.create_connection(('127.0.0.1', 80), 1)", "EACCES", FINE),
        ("import socket; socket.create_server(('', 0))", "EACCES", FINE),
        ("import socket; socket.getaddrinfo('localhost', 80)", "gaierror|EAI_NONAME|EACCES|ENOENT", FINE),
        (
            "
            import socket
            made = []
            for family in range(64):
                for kind in (1, 2, 3, 5):
                    try: made.append(socket.socket(family, kind))
                    except OSError as error: assert error.errno == 13, (family, kind, error)
            if not made: raise LookupError
            ",
            "LookupError",
            FINE,
        ),
    ];
    stopped("sockets", ATTACKS);
}

#[test]
fn the_modules_of_the_network_do_not_help() {
    const ATTACKS: &[Attack] = &[
        (
            "import urllib.request; urllib.request.urlopen('http://127.0.0.1/')",
            "URLError|ModuleNotFoundError|ImportError",
            FINE,
        ),
        ("import urllib.request; urllib.request.urlopen('file:///etc/passwd')", "URLError|ENOENT|ImportError", FINE),
        ("import http.client; http.client.HTTPConnection('127.0.0.1').request('GET', '/')", "EACCES|ImportError", FINE),
        (
            "import asyncio; asyncio.run(asyncio.open_connection('127.0.0.1', 80))",
            "EACCES",
            "import asyncio; asyncio.run(asyncio.sleep(0))",
        ),
        (
            "import asyncio; asyncio.run(asyncio.create_subprocess_exec('id'))",
            "EAGAIN|NotImplementedError|EACCES",
            "import asyncio; asyncio.run(asyncio.to_thread(print))",
        ),
        ("import smtplib; smtplib.SMTP('127.0.0.1')", "EACCES|ImportError", FINE),
    ];
    stopped("modules", ATTACKS);
}

#[test]
fn the_connection_to_the_host_carries_bytes_only() {
    const USE: &str = "import os; os.fstat(3)";
    const ATTACKS: &[Attack] = &[
        (
            "
            import array, socket
            connection = socket.socket(1, 1, 0, 3)
            connection.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [0, 1, 2]))])
            ",
            "EACCES|ENOSYS|EPERM",
            USE,
        ),
        ("import socket; socket.socket(1, 1, 0, 3).recvmsg(9, 99)", "EACCES", USE),
        ("import socket; socket.socket(1, 1, 0, 3).send(b'x', socket.MSG_OOB)", "EACCES", USE),
        ("import socket; socket.socket(1, 1, 0, 3).recv(9, socket.MSG_PEEK)", "EACCES", USE),
        ("import socket; socket.socket(1, 1, 0, 3).sendto(b'x', '\\0' + MARK)", "EACCES", USE),
        ("import socket; socket.socket(1, 1, 0, 3).connect('/run/bank_svc.sock')", "EACCES", USE),
        ("import socket; socket.socket(1, 1, 0, 3).bind('\\0' + MARK)", "EACCES", USE),
        ("import socket; socket.socket(1, 1, 0, 3).listen()", "EACCES", USE),
        ("import socket; socket.socket(1, 1, 0, 3).getsockopt(1, socket.SO_PEERCRED, 12)", "ENOSYS|EACCES", USE),
        ("import socket; socket.socket(1, 1, 0, 3).setsockopt(1, socket.SO_SNDBUF, 1 << 30)", "ENOSYS|EACCES", USE),
        ("import socket; socket.socket(1, 1, 0, 3).shutdown(2)", "ENOSYS|EACCES", USE),
        ("import socket; socket.socket(1, 1, 0, 3).getpeername()", "ENOSYS|EACCES", USE),
    ];
    stopped("connection", ATTACKS);
}

#[test]
fn a_pair_of_its_own_carries_bytes_only() {
    const ATTACKS: &[Attack] = &[
        (
            "
            import array, socket
            a, b = socket.socketpair()
            a.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [0]))])
            ",
            "EACCES",
            PAIR,
        ),
        ("import socket; socket.socketpair()[0].recvmsg(9, 99)", "EACCES", PAIR),
        ("import socket; socket.socketpair()[0].send(b'x', socket.MSG_OOB)", "EACCES", PAIR),
        ("import socket; socket.socketpair()[0].recv(9, socket.MSG_PEEK)", "EACCES", PAIR),
        ("import socket; socket.socketpair()[0].bind('\\0' + MARK)", "EACCES", PAIR),
        ("import socket; socket.socketpair()[0].setsockopt(1, socket.SO_SNDBUF, 1 << 30)", "ENOSYS", PAIR),
        ("import socket; socket.socketpair()[0].getsockopt(1, socket.SO_PEERCRED, 12)", "ENOSYS", PAIR),
    ];
    stopped("pairs", ATTACKS);
}
