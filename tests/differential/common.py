"""What the differential tests share: a raw HTTP client for dockerd's socket, and documents laid flat."""
import json
import random
import socket
import subprocess


def exchange(sock, data, timeout=60):
    """Sends bytes, gives (status, body as text); status 0 where the connection was just closed."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(timeout)
        s.connect(sock)
        try:
            s.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass
        answer = b""
        while True:
            try:
                piece = s.recv(65536)
            except ConnectionResetError:
                break
            if not piece:
                break
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    if b"transfer-encoding: chunked" in head.lower():
        whole = b""
        while body:
            size, _, rest = body.partition(b"\r\n")
            n = int(size or b"0", 16)
            whole, body = whole + rest[:n], rest[n + 2:]
        body = whole
    return int(words[1]) if len(words) > 1 else 0, body.decode("utf-8", "replace")


def call(sock, method, path, body=None, headers=()):
    text = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: docker", "Connection: close", f"Content-Length: {len(text)}", *headers]
    if body is not None and not any(h.lower().startswith("content-type") for h in headers):
        lines.append("Content-Type: application/json")
    status, answer = exchange(sock, "\r\n".join(lines).encode() + b"\r\n\r\n" + text)
    try:
        return status, json.loads(answer) if answer else None
    except ValueError:
        return status, answer


def own_network(sock, name="own"):
    """Makes a network, with a subnet that is free: many dockerds share a host's pools."""
    for _ in range(20):
        config = [{"Subnet": f"10.213.{random.randrange(256)}.{random.randrange(8) * 32}/27"}]
        if call(sock, "POST", "/networks/create", {"Name": name, "CheckDuplicate": True, "IPAM": {"Config": config}})[0] in (201, 409):
            return
    raise SystemExit("no network could be made")


def views(enforcer, rules, sock, kind, docs):
    """What rules see of each document: a list, with text where it cannot be read with certainty."""
    run = subprocess.run([enforcer, "judge", "--rules", rules, "--view", "--as", kind, "--docker", "unix://" + sock, "-"],
                         input=json.dumps(docs), capture_output=True, text=True, check=False)
    if run.returncode == 2:
        raise SystemExit(f"judge --as {kind}: {run.stderr}\n{json.dumps(docs)[:2000]}")
    out, text, decoder = [], run.stdout, json.JSONDecoder()
    view = None
    while text:
        if text.startswith("{"):
            view, end = decoder.raw_decode(text)
            for moment in ("time", "age_s", "created_age_s"):  # these are not the same for both
                view.pop(moment)
            text = text[end:].lstrip("\n")
        else:
            line, _, text = text.partition("\n")
            if line.startswith("-: "):  # the verdict ends a document
                out.append(view if view is not None else line)
                view = None
    return out


def flat(value, path="", out=None):
    out = {} if out is None else out
    if isinstance(value, dict) and value:
        for key in value:
            flat(value[key], f"{path}/{key}", out)
    elif isinstance(value, list) and value:
        for i, item in enumerate(value):
            flat(item, f"{path}/{i}", out)
    else:
        out[path] = value
    return out


# What no request can know: chosen or found out by dockerd when it makes the container. params.Mounts repeats `mounts`
# with figures of the volumes that were made.
UNKNOWN = ("/id", "/check_source", "/params/Id", "/params/Created", "/params/State", "/params/GraphDriver",
           "/params/Config/Hostname", "/params/Mounts", "/params/LogPath", "/params/ResolvConfPath",
           "/unknown_fields", "/params/HostConfig/BlkioWeight")  # dropped where the kernel has none, which no API tells


def differences(asked, got, ignored=()):
    ours, theirs = flat(asked), flat(got)
    return [f"{path}: request {ours.get(path, '-')!r}, container {theirs.get(path, '-')!r}"
            for path in sorted(set(ours) | set(theirs))
            if ours.get(path) != theirs.get(path) and not path.startswith(UNKNOWN) and path not in ignored]
