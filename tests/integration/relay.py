#!/usr/bin/env python3
"""Clients of the relay that are not Docker's.   relay.py WHAT SOCKET [ARGUMENT]…

many N       N connections at once, each asks twice, and all are open meanwhile
slow PATH    asks for PATH, reads nothing until standard input ends, and prints how many bytes came
handed UID   UID connects and lives on; we have the connection and ask by it
forward FROM PORT  whoever comes to FROM on 127.0.0.1 gets to PORT
closed N     N connections that are closed as soon as something was asked
"""
import array
import os
import socket
import sys
import threading

PING = b"GET /_ping HTTP/1.1\r\nHost: docker\r\n\r\n"


def connect(path):
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    return s


def answer(s):
    """Up to the end of a ping's answer."""
    data = b""
    while not data.endswith(b"\r\n\r\nOK"):
        part = s.recv(65536)
        if not part:
            sys.exit(f"the connection ended after {data!r}")
        data += part


def many(path, n):
    peers = [connect(path) for _ in range(int(n))]
    for _ in range(2):
        for s in peers:
            s.sendall(PING)
        for s in peers:
            answer(s)


def slow(path, what):
    s = connect(path)
    s.sendall(f"GET {what} HTTP/1.0\r\nHost: docker\r\n\r\n".encode())
    sys.stdin.read()
    size = 0
    while part := s.recv(1 << 20):
        size += len(part)
    print(size)


def handed(path, uid):
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    child = os.fork()
    if not child:
        ours.close()
        os.setgroups([])
        os.setgid(os.stat(path).st_gid)
        os.setuid(int(uid))
        s = connect(path)
        theirs.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [s.fileno()]))])
        theirs.recv(1)  # until we are done
        os._exit(0)
    theirs.close()
    _, fds, _, _ = socket.recv_fds(ours, 1, 1)
    s = socket.socket(fileno=fds[0])
    s.sendall(PING.replace(b"_ping", b"_ping?handed"))
    answer(s)
    ours.close()
    os.waitpid(child, 0)


def forward(port, to):
    def carry(a, b):
        while part := a.recv(65536):
            b.sendall(part)
        b.shutdown(socket.SHUT_WR)

    listening = socket.create_server(("127.0.0.1", int(port)))
    while True:
        a, _ = listening.accept()
        b = socket.create_connection(("127.0.0.1", int(to)))
        for pair in ((a, b), (b, a)):
            threading.Thread(target=carry, args=pair, daemon=True).start()


def closed(path, n):
    for _ in range(int(n)):
        s = connect(path)
        s.sendall(PING)
        s.close()


globals()[sys.argv[1]](*sys.argv[2:])
