#!/usr/bin/python3
"""Create requests that are made to cost: a body of nearly 1 MiB for each way to fill one.   hostile.py SOCKET THREADS

Sends them all to a plugin's socket, THREADS at once, and in between honest ones. Prints the name of each that is not
answered, or of an honest one that is not allowed; status 1 then.
"""
import base64
import http.client
import json
import socket
import sys
import threading

SIZE = (1 << 20) - 300


def many(make, most=10**9):
    """Elements until the body is full."""
    out, size, i = [], 0, 0
    while size < SIZE and i < most:
        out.append(make(i))
        size += len(out[-1]) + 1
        i += 1
    return ",".join(out[:-1] if size >= SIZE else out)


def host(field, text):
    return '{"Image": "busybox", "HostConfig": {"%s": %s}}' % (field, text)


def config(field, text):
    return '{"Image": "busybox", "%s": %s}' % (field, text)


LISTS = ["Binds", "CapAdd", "CapDrop", "Dns", "DnsOptions", "DnsSearch", "ExtraHosts", "GroupAdd", "Links", "SecurityOpt", "VolumesFrom",
         "MaskedPaths", "ReadonlyPaths", "DeviceCgroupRules"]
MAPS = ["Tmpfs", "Sysctls", "StorageOpt", "Annotations"]
OVERLAY = '[{"Type": "volume", "Target": "/x", "VolumeOptions": {"DriverConfig": {"Name": "local", "Options": {"type": "overlay", "o": "%s"}}}}]'


def bodies():
    for few in (10**9, 19000):  # beyond the bound on values, and just within it
        for field in LISTS:
            yield f"{field} {few}", host(field, "[%s]" % many(lambda i: f'"/a{i}:/b{i}"', few))
        for field in MAPS:
            yield f"{field} {few}", host(field, "{%s}" % many(lambda i: f'"/k{i}": "v"', few))
        for field in ("Env", "Cmd", "Entrypoint", "OnBuild", "Shell"):
            yield f"{field} {few}", config(field, "[%s]" % many(lambda i: f'"A{i}=b"', few))
        for field in ("Volumes", "ExposedPorts"):
            yield f"{field} {few}", config(field, "{%s}" % many(lambda i: f'"/{i}": {{}}', few))
        yield f"Labels {few}", config("Labels", "{%s}" % many(lambda i: f'"l{i}": "v"', few))
        yield f"unknown fields {few}", "{%s}" % many(lambda i: f'"\u017f{i}": 1', few)
        yield f"objects {few}", config("x", "[%s]" % many(lambda i: "{}", few))
        yield f"lists {few}", config("x", "[%s]" % many(lambda i: "[]", few))
        yield f"Mounts {few}", host("Mounts", "[%s]" % many(lambda i: '{"Type": "bind", "Source": "/a%d", "Target": "/t%d"}' % (i, i), few // 5))
        yield f"Devices {few}", host("Devices", "[%s]" % many(lambda i: '{"PathOnHost": "/dev/a%d"}' % i, few // 3))
        yield f"PortBindings {few}", host("PortBindings", "{%s}" % many(lambda i: '"%d/tcp": [{"HostPort": "%d"}]' % (i, i), few // 5))
        yield f"networks {few}", '{"Image": "busybox", "NetworkingConfig": {"EndpointsConfig": {%s}}}' % many(lambda i: '"n%d": {}' % i, few // 3)
    for field, text in (("long", "/a" * (SIZE // 2 - 9)), ("dots", "/a/.." * (SIZE // 5 - 9)), ("colons", "/a" + ":" * (SIZE - 99)),
                        ("options", "/a:/b:" + "o," * (SIZE // 2 - 99)), ("system", "/proc/sys/" + "kernel/../" * (SIZE // 10 - 9))):
        yield "bind " + field, host("Binds", '["%s:/x"]' % text)
    yield "overlay", host("Mounts", OVERLAY % ("lowerdir=" + "/a:" * (SIZE // 3 - 99)))
    yield "overlay options", host("Mounts", OVERLAY % ("lowerdir=," * (SIZE // 10 - 99)))
    yield "deep", config("x", "[" * 250 + "]" * 250)
    yield "many deep", config("x", "[%s]" % many(lambda i: "[" * 200 + "]" * 200))
    yield "one label", config("Labels", '{"l": "%s"}' % ("x" * (SIZE - 99)))
    yield "escapes", config("Labels", '{"%s": "x"}' % ("\\u0041" * (SIZE // 6 - 99)))
    yield "a number", config("x", "1" * (SIZE - 99))
    yield "a fraction", config("x", "1." + "1" * (SIZE - 99))
    yield "a profile", host("SecurityOpt", '["seccomp=%s"]' % ("[[]," * (SIZE // 4 - 99)))
    yield "spaces", " " * (SIZE - 99) + config("Cmd", "[]")
    yield "nonsense", "x" * SIZE
    yield "a capability", host("CapAdd", '["%s"]' % ("\u017f" * (SIZE // 2 - 99)))


class Connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("plugin")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(120)
        self.sock.connect(self.path)


def message(body):
    return json.dumps({"RequestMethod": "POST", "RequestUri": "/v1.41/containers/create", "RequestHeaders": {"Content-Type": "application/json"},
                       "RequestBody": base64.b64encode(body.encode()).decode()}).encode()


HONEST = message('{"Image": "busybox", "HostConfig": {"Memory": 1000000}}')


def ask(connection, text):
    connection.request("POST", "/AuthZPlugin.AuthZReq", text)
    return json.load(connection.getresponse())


def send(sock, mine, wrong):
    connection = Connection(sock)
    for name, text in mine:
        try:
            if "Allow" not in ask(connection, text):
                wrong.append(name)
            if not ask(connection, HONEST)["Allow"]:
                wrong.append("an honest one after " + name)
        except (OSError, ValueError, http.client.HTTPException) as e:
            wrong.append(f"{name}: {e!r}")
            connection = Connection(sock)


def everything():
    return [(name, message(body)) for name, body in bodies()]


def main(sock, threads):
    requests, failed = everything(), []
    workers = [threading.Thread(target=send, args=(sock, requests[i::threads], failed)) for i in range(threads)]
    for w in workers:
        w.start()
    for w in workers:
        w.join()
    print(len(requests), "hostile requests")
    print("\n".join(failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
