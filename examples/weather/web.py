"""A web page of the newest weather, with a form to add more: python web.py [PORT].

GET / is the page, GET /api/weather the rows as JSON, POST / adds a row. Each request has a connection of its own: there
is no pool, because the server needs none.
"""

import html
import json
import sys
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg2
from connection_pattern import connect, create_table, latest, record

PAGE = """<!doctype html>
<meta charset="utf-8">
<title>Weather</title>
<h1>Weather</h1>
<form method="post">
<input name="location" placeholder="town" required>
<input name="temperature" placeholder="temperature" required>
<input name="conditions" placeholder="conditions">
<button>Add</button>
</form>
<table>
{rows}
</table>
"""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/api/weather":
            names = ("location", "temperature", "conditions", "timestamp")
            rows = [dict(zip(names, row)) for row in self.ask(latest)]
            self.answer(200, "application/json", json.dumps(rows, default=str))
        elif self.path == "/":
            rows = "\n".join(
                "<tr>" + "".join(f"<td>{html.escape(str(value))}</td>" for value in row) + "</tr>"
                for row in self.ask(latest)
            )
            self.answer(200, "text/html; charset=utf-8", PAGE.format(rows=rows))
        else:
            self.answer(404, "text/plain", "not found\n")

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        form = dict(urllib.parse.parse_qsl(self.rfile.read(length).decode()))
        try:
            self.ask(record, form.get("location"), form.get("temperature"), form.get("conditions"))
        except psycopg2.DataError as error:
            return self.answer(400, "text/plain", str(error))
        self.send_response(303)
        self.send_header("Location", "/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def ask(self, function, *arguments):
        connection = connect()
        try:
            return function(connection, *arguments)
        finally:
            connection.close()

    def answer(self, status, kind, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    connection = connect()
    create_table(connection)
    connection.close()
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    print(f"http://127.0.0.1:{server.server_port}/", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
