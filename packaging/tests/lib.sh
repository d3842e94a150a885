# What the tests of packaging/ share: say what is checked, and be a person with curl.
# shellcheck shell=bash
set -euo pipefail

CHECKS=0
TESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PASSWORD="beffroi demonstration 2026"

step() { printf '\n== %s\n' "$*"; }
pass() { CHECKS=$((CHECKS + 1)); printf '  ok   %s\n' "$*"; }
fail() { printf '  FAUX %s\n' "$*" >&2; exit 1; }
# check WHAT COMMAND…: the command succeeds.
check() { local what=$1; shift; if "$@"; then pass "$what"; else fail "$what ($*)"; fi; }
# same WHAT A B: both are the same text, not empty.
same() { if [ -n "$2" ] && [ "$2" = "$3" ]; then pass "$1: $2"; else fail "$1: « $2 » / « $3 »"; fi; }
finished() { printf '\n%s: %d passed, 0 failed\n' "$1" "$CHECKS"; }

# The program to try: BEFFROI, else what cargo built.
program() {
  local target=${CARGO_TARGET_DIR:-$TESTS/../../target}
  local one
  for one in ${BEFFROI:-} "$target/release/beffroi" "$target/debug/beffroi"; do
    if [ -x "$one" ]; then realpath "$one"; return; fi
  done
  echo "No program: build it, or name it in BEFFROI." >&2
  return 1
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# until_true SECONDS COMMAND…: tries five times a second.
until_true() {
  local tries=$(($1 * 5)); shift
  while ! "$@" >/dev/null 2>&1; do
    tries=$((tries - 1)); [ "$tries" -gt 0 ] || return 1
    sleep 0.2
  done
}

# IN runs a command elsewhere; CURL may have a certificate; SITE is the address; JAR the cookies of a person.
IN=${IN:-}
CURL=${CURL:-curl}
browse() { $IN $CURL -sS --max-time 60 -b "$JAR" -c "$JAR" "$@"; }
# Where an answer leads: the Location of a 303.
leads() { browse -o /dev/null -w '%{redirect_url}' "$@" | sed -E 's#^[a-z]+://[^/]+##'; }

# sign_in LOGIN [PASSWORD]: fails unless their home opens.
sign_in() {
  local home
  $IN rm -f "$JAR"
  home=$(leads --data-urlencode "login=$1" --data-urlencode "password=${2:-$PASSWORD}" "$SITE/connexion")
  [ -n "$home" ] && [ "$(browse -o /dev/null -w '%{http_code}' "$SITE$home")" = 200 ]
}

# draft: begins a question about workstations; prints its path, its question on a file being next.
draft() {
  local kind=/demander/poste-de-travail/question school path
  # The whole page first: a reader that leaves early would break the pipe.
  school=$(browse "$SITE$kind" | grep -oE 'name="school"[^>]*value="[^"]+"' | sed -E 's/.*value="([^"]+)"/\1/;1q')
  path=$(leads --data-urlencode "school=$school" "$SITE$kind")
  leads --data-urlencode "sujet=autre" "$SITE$path/questions/sujet" >/dev/null
  leads --data-urlencode "question=Où ranger les câbles de la salle 204 ?" "$SITE$path/questions/question" >/dev/null
  echo "$path"
}

# send DRAFT: sends it; prints the reference.
send() { leads -X POST -H 'Content-Length: 0' "$SITE$1/envoyer" | sed -nE 's#^/demandes/([^/]+)/confirmation$#\1#p'; }

# ask: a whole request; prints its reference.
ask() {
  local path
  path=$(draft)
  leads -F "piece=;filename=" "$SITE$path/questions/piece" >/dev/null
  send "$path"
}

# has REFERENCE: the signed-in person can read it.
has() { [ "$(browse -o /dev/null -w '%{http_code}' "$SITE/demandes/$1")" = 200 ]; }
has_not() { [ "$(browse -o /dev/null -w '%{http_code}' "$SITE/demandes/$1")" = 404 ]; }
