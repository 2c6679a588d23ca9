"""The `sh` command that git runs for each file: the engine if it answers, git's own merge if it does not.

How the line goes, and why:

1. `w` makes git's own merge of "$1" (0 clean, 1 conflicts, 2 none); a rename puts it into %A, so that %A
   is never half written. That is done beside the start of the interpreter: from then on, whatever is
   killed, and however, both sides are in %A. The engine gets the file that was %A as open file 3, and
   waits for the first line of its input, which says that this is done and how it went, before its answer
   takes that place. File 4 is the same, for `m` to tell whether %A is still one side's text.
   In a merge the commit of the other side is in the environment: `h` has git print what each side's history held
   (`engine.history`) while the interpreter still starts. It may take two seconds of a processor.
2. Only 40 to 43 are the engine's. An interpreter that is missing, too old or not one at all exits
   otherwise, and the next one is tried; not so past the deadline (142) and where somebody ended it (129,
   130, 143).
3. 40 is merged. 41, a person is needed, and 43, binary, are for git's own merge to answer. So is all else, with
   a line on stderr and one in the ledger.
   No detector is at hand there: of a path that may hold a token, as a word of it has digits or is very
   long, neither tells, and git names the file itself.
4. Where not even git can write its merge (no git, no room on the disk), markers keep one side from
   passing for both.
5. A clone that was moved has its engine elsewhere: then git says where. The line of all clones of a user
   (`--global`) keeps its ledger in the clone, where a link leads to the engine.
6. `watch`, in the folder `k`, tells once a day of hooks that are gone: only the drivers are left to say so. What it
   knows lies in the clone; where that cannot be written, it is not asked, as it would say it each time.
"""

from __future__ import annotations

import re
import shlex

from mbgit.engine.history import LOG

_LONGEST = 18  # letters of one word: a path with a longer one is not told

_LINE = r"""
set -- %O %A %B %L %P %X %Y;
d=@DRIVER f=@FOLDER o=$1 a=$2 b=$3 l=$4 p=$5 x=$6 y=$7 t=$2.mb$$ u= r= e=;
case $l in ""|*[!0-9]*) l=7;; esac;
case $x in ""|?X) x=ours;; esac;
case $y in ""|?Y) y=theirs;; esac;
case $p in *[!A-Za-z0-9._/-]*|*[A-Za-z][0-9]*|*[0-9][A-Za-z]*|*@WORD*) p=;; esac;
trap : HUP INT TERM;
exec 3<"$a" 4<"$a";

w() {
LC_ALL=C git merge-file -p $u --marker-size="$l" -L "$x" -L base -L "$y" "$1" "$o" "$b" >"$t";
s=$?; [ "$s" = 0 ] && return 0; [ "$s" -lt 128 ] && [ -s "$t" ] && return 1; return 2; };

m() {
s=2; cat <&3 >"$t.o" && { e=$(w "$t.o" 2>&1); s=$?; };
[ "$s" = 2 ] || mv -f "$t" "$a" || s=2; rm -f "$t" "$t.o" "$t.n";
[ "$s" = 2 ] || return "$s";
case $e in *inary*) return 1;; esac;
[ "$(cat <&4)" = "$(cat "$a")" ] || return 1;
(echo "<<<<<<< ours"; cat "$a"; echo; echo "======="; cat "$b"; echo; echo ">>>>>>> theirs") >"$t" &&
mv -f "$t" "$a" || { rm -f "$t";
(echo "<<<<<<< no room to merge: both sides are in git"; echo "======="; echo ">>>>>>>") 1<>"$a"; };
return 1; };

h() {
echo "$1"; s=$(export -p);
case $s in *GITHEAD_*) s=${s#*GITHEAD_} s=${s%%%%=*};; *) return;; esac;
case $s in ""|*[!0-9a-f]*) return;; esac;
ulimit -t 2;
GIT_NO_LAZY_FETCH=1 exec git --literal-pathspecs @LOG "HEAD...$s" -- "$2"; };

[ "$MBGIT" = 0 ] && { m 2>/dev/null; exit; };

@FIND
[ ! -r "$k/watch" ] || . "$k/watch";
for i in @PYTHON python3 python; do
{ [ "$r" ] || { w "$a"; s=$?; [ "$s" = 2 ] || { mv -f "$t" "$a" && h "$s" "$5"; }; }; } |
"$i" -IS "$f/engine/__main__.py" "$d" "$o" "$a" "$b" "$5" "$6" "$7" 3<&3; r=$?;
case $r in 4[0-3]|129|130|142|143) break;; esac; done 2>/dev/null;
case $r in
40) [ ! -e "$t" ] || rm -f "$t"; exit 0;;
41|43) m 2>/dev/null; exit;; esac;
u=@UNION; m 2>/dev/null; s=$?;
echo "mbgit: no answer from the engine (status $r) for ${p:-a file}: git merged it alone" >&2;
n=$(date +%%s) h=$(git hash-object --no-filters "$a" 2>/dev/null);
case $n in ""|*[!0-9]*) n=0;; esac;
{ [ -d "$f" ] && echo "{\"time\":$n,\"path\":\"$p\",\"driver\":\"$d\",\"outcome\":\"fallback\",\"status\":$r,
\"exit\":$s,\"blobs\":{\"result\":\"$h\"}}" >>"$f/merges.jsonl"; } 2>/dev/null;
exit "$s"
"""

_OF_CLONE = r"""
[ -e "$f/engine/__main__.py" ] || f=$(git rev-parse --git-common-dir 2>/dev/null)/mbgit;
k=$f;
"""
_OF_USER = r"""
g=$f; f=${GIT_DIR:-.git};
[ -d "$f" ] && [ ! -e "$f/commondir" ] || f=$(git rev-parse --git-common-dir 2>/dev/null);
f=$f/mbgit k=$g;
[ ! -r "$f/watch" ] || k=$f;
[ -e "$f/engine/__main__.py" ] || {
(umask 077; mkdir -p "$f"; rm -f "$f/engine"; ln -s "$g/engine" "$f/engine") 2>/dev/null;
[ -e "$f/engine/__main__.py" ] || { f=$g k=/dev/null; }; };
"""


def driver_line(policy: str, python: str, engine: str, *, shared: bool = False) -> str:
    """The value of `merge.mbgit-<policy>.driver`, for `policy` latest, union or log: one line of POSIX `sh`.

    `python` is the interpreter to try first; `engine` the absolute path of the folder around engine/; `shared`: the
    line is for every clone of a user.
    """
    line = _LINE.replace("@FIND", _OF_USER if shared else _OF_CLONE)
    values = {"DRIVER": f"mbgit-{policy}", "UNION": "--union" if policy == "log" else "",
              "LOG": shlex.join(LOG).replace("%", "%%"), "FOLDER": _quoted(engine),
              "PYTHON": _quoted(python), "WORD": "[A-Za-z]" * _LONGEST}  # fmt: skip
    return re.sub("@([A-Z]+)", lambda found: values[found[1]], " ".join(line.split("\n")).strip())


def _quoted(path: str) -> str:
    """A path as one word of `sh`, past git's own placeholders."""
    return "'" + path.replace("'", "'\\''").replace("%", "%%") + "'"
