"""A Drawbridge provisioner in plain Python: for each key a namespace with a separate token, in a SQLite file."""
import base64, hashlib, hmac, json, os, sqlite3, threading, time
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIServer, make_server

SECRETS = [base64.b64decode(secret.removeprefix("whsec_")) for secret in os.environ["PROVISIONER_SECRET"].split()]
LOCK, DB = threading.Lock(), sqlite3.connect(os.environ["PROVISIONER_DB"], check_same_thread=False)
DB.execute("create table if not exists namespace (id integer primary key, key text unique, token_sha256 text)")

def provision(request):
    key, token = request["key"], request["derived"]["password"]
    DB.execute("insert or ignore into namespace values (null, ?, ?)", [key, hashlib.sha256(token.encode()).hexdigest()])
    if DB.execute("select 1 from namespace where key = ? and token_sha256 is null", [key]).fetchone():
        return {"status": "failed", "message": "namespace: it was taken away"}
    return {"status": "ready", "handle": None, "secrets": {"NAMESPACE": key, "NAMESPACE_TOKEN": token}}
def deprovision(request):  # The row stays, without a token: a late, canceled call of provision makes nothing.
    DB.execute("insert or replace into namespace (key) values (?)", [request["key"]])
    return {"status": "gone"}
def keys(_):
    return {"keys": [key for (key,) in DB.execute("select key from namespace where token_sha256 is not null")]}
VERBS = {"provision": provision, "deprovision": deprovision, "keys": keys, "check": lambda _: {"status": "ok"}}

def signed(verb, body, environ):
    id, at, given = [environ.get("HTTP_WEBHOOK_" + name, "") for name in ("ID", "TIMESTAMP", "SIGNATURE")]
    own = [b"v1," + base64.b64encode(hmac.digest(key, f"{id}.{at}.".encode() + body, "sha256")) for key in SECRETS]
    fresh = at.isdecimal() and abs(time.time() - int(at)) <= 300 and id.startswith(verb + "_")
    return fresh and any(hmac.compare_digest(a, b.encode()) for a in own for b in given.split())
def app(environ, start_response):
    verb, length = environ["PATH_INFO"][1:], int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if 0 < length <= 1 << 20 else b""
    status, answer = "401 Unauthorized", {"message": "no such verb, or no valid signature for it"}
    if verb in VERBS and signed(verb, body, environ):
        with LOCK, DB:
            status, answer = "200 OK", VERBS[verb](json.loads(body or "null"))
    start_response(status, [("content-type", "application/json")])
    return [json.dumps(answer).encode()]
class Server(ThreadingMixIn, WSGIServer): daemon_threads = True
with make_server("127.0.0.1", int(os.environ.get("PORT", 8787)), app, Server) as server:
    print(f"listening at http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
